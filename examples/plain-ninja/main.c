#include "greet.h"

int main(void)
{
  greet("plain Ninja");
  return 0;
}
