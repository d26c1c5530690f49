/* Adds two fractions that no compiler can add beforehand. As a unikernel it uses nothing but Solo5. */

static volatile double half = 0.5, quarter = 0.25;

static int is_right(void) { return half + quarter == 0.75 && half * quarter == 0.125; }

#define SAYS "the sum is right\n"

#if __has_include("solo5.h")
#include "solo5.h"

int solo5_app_main(const struct solo5_start_info *info)
{
  (void)info;
  if (!is_right()) return 1;
  solo5_console_write(SAYS, sizeof SAYS - 1);
  return 0;
}
#else
#include <stdio.h>

int main(void)
{
  if (!is_right()) return 1;
  fputs(SAYS, stdout);
  return 0;
}
#endif
