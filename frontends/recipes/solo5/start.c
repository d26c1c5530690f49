/* Where a unikernel begins: memory for the C library, then OCaml, or `main` of a program in C, with the
 * words of the command line. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "solo5.h"

void _nolibc_init(uintptr_t heap_start, size_t heap_size);
void caml_startup(char **argv);
int main(int argc, char **argv);

/* Words end at blanks outside of double quotes; a backslash takes away what the byte after it means. */
static char **words(const char *line, int *argc)
{
  size_t length = strlen(line);
  /* Each word but the last has a blank after it. */
  char **argv = malloc((length / 2 + 3) * sizeof *argv);
  char *text = malloc(length + 1);
  size_t count = 0;
  int quoted = 0;
  if (argv == NULL || text == NULL) solo5_abort();
  argv[count++] = "unikernel";
  for (;;) {
    while (*line == ' ') line++;
    if (*line == 0) break;
    argv[count++] = text;
    for (; *line != 0 && (quoted || *line != ' '); line++) {
      if (*line == '"') {
        quoted = !quoted;
        continue;
      }
      if (*line == '\\' && line[1] != 0) line++;
      *text++ = *line;
    }
    *text++ = 0;
  }
  argv[count] = NULL;
  *argc = (int)count;
  return argv;
}

int solo5_app_main(const struct solo5_start_info *info)
{
  int argc, status = 0;
  _nolibc_init(info->heap_start, info->heap_size);
  char **argv = words(info->cmdline, &argc);
#ifdef IN_C
  status = main(argc, argv);
#else
  caml_startup(argv);
#endif
  exit(status);
}
