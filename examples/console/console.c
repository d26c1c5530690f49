/* Draws as many lines of a wave as its first argument says. */

#include <stdio.h>
#include <stdlib.h>
#include "wave.h"

int main(int argc, char **argv)
{
  char *rest = "";
  long lines = argc > 1 ? strtol(argv[1], &rest, 10) : 8;
  if (argc > 2 || *rest != 0 || lines < 1) {
    fprintf(stderr, "usage: console [LINES]\n");
    return 2;
  }
  for (long line = 0; line < lines; line++) printf("%*c\n", wave_column(line), '*');
  return 0;
}
