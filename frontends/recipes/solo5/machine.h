/* What reads unikernels takes those of its own processor alone. This one reads another's. */

/* The first header decides for all what a system shows. */
#define _GNU_SOURCE
#include <elf.h>
#undef EM_X86_64
#define EM_X86_64 EM_@machine@
