/* Makes musl's libc fit to run in a unikernel, under the name that ocaml-solo5's own has for it. */

#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include "solo5.h"

void _nolibc_init(uintptr_t heap_start, size_t heap_size);
void unikernel_memory(uintptr_t start, size_t size);

/* musl keeps errno and the locale in a structure of the thread. On x86_64 the thread's pointer leads to
 * its beginning, where its own address is; elsewhere to its end. */
static uintptr_t thread[128] __attribute__((aligned(64)));
#ifdef __x86_64__
#define THREAD_POINTER ((uintptr_t)thread)
#else
#define THREAD_POINTER ((uintptr_t)(thread + sizeof thread / sizeof *thread))
#endif

/* The stack is at the upper end of memory and grows down: so much of it is no heap. */
enum { STACK = 8 << 20, SHARE = 4 };

void _nolibc_init(uintptr_t heap_start, size_t heap_size)
{
  size_t stack = heap_size / SHARE < STACK ? heap_size / SHARE : STACK;
  thread[0] = (uintptr_t)thread;
  solo5_set_tls_base(THREAD_POINTER);
  uselocale(LC_GLOBAL_LOCALE);
  unikernel_memory(heap_start, heap_size - stack);
}
