/* Solo5's block device for OCaml: whole sectors, in and out of byte sequences. */

#include <caml/alloc.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include "solo5.h"

static solo5_handle_t device;

/* Opens the device of this name: the size of a sector and how many there are. */
value block_open(value name)
{
  CAMLparam1(name);
  CAMLlocal1(sizes);
  struct solo5_block_info info;
  if (solo5_block_acquire(String_val(name), &device, &info) != SOLO5_R_OK)
    caml_failwith("there is no such block device");
  sizes = caml_alloc_tuple(2);
  Store_field(sizes, 0, Val_long(info.block_size));
  Store_field(sizes, 1, Val_long(info.capacity / info.block_size));
  CAMLreturn(sizes);
}

static solo5_off_t place(value sector, value bytes)
{
  return (solo5_off_t)Long_val(sector) * caml_string_length(bytes);
}

value block_read(value sector, value bytes)
{
  if (solo5_block_read(device, place(sector, bytes), Bytes_val(bytes), caml_string_length(bytes)) != SOLO5_R_OK)
    caml_failwith("a sector cannot be read");
  return Val_unit;
}

value block_write(value sector, value bytes)
{
  if (solo5_block_write(device, place(sector, bytes), Bytes_val(bytes), caml_string_length(bytes)) != SOLO5_R_OK)
    caml_failwith("a sector cannot be written");
  return Val_unit;
}
