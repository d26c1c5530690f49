#include <caml/mlvalues.h>

/* In UTF-8, each byte that is not 10xxxxxx begins a character. */
value greet_length(value text)
{
  long length = 0;
  for (mlsize_t i = 0; i < caml_string_length(text); i++)
    if ((Byte(text, i) & 0xC0) != 0x80) length++;
  return Val_long(length);
}
