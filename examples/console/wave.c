#include "wave.h"
#include <math.h>

int wave_column(long line)
{
  const double height = 8, width = 16, whole_turn = 6.283185307179586;
  return 1 + (int)lround(width * (1 + sin(whole_turn * (double)line / height)));
}
