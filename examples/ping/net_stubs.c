/* Solo5's network device for OCaml: frames, in and out of byte sequences. */

#include <caml/alloc.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include "solo5.h"

static solo5_handle_t device;

/* Opens the device of this name: its hardware address and the longest frame, without its header. */
value net_open(value name)
{
  CAMLparam1(name);
  CAMLlocal2(found, address);
  struct solo5_net_info info;
  if (solo5_net_acquire(String_val(name), &device, &info) != SOLO5_R_OK)
    caml_failwith("there is no such network device");
  address = caml_alloc_initialized_string(SOLO5_NET_ALEN, (const char *)info.mac_address);
  found = caml_alloc_tuple(2);
  Store_field(found, 0, address);
  Store_field(found, 1, Val_long(info.mtu));
  CAMLreturn(found);
}

/* Waits for a frame: how long it is. */
value net_read(value bytes)
{
  for (;;) {
    size_t size;
    switch (solo5_net_read(device, Bytes_val(bytes), caml_string_length(bytes), &size)) {
      case SOLO5_R_OK: return Val_long(size);
      case SOLO5_R_AGAIN: {
        const solo5_time_t a_second = 1000000000;
        solo5_handle_set_t ready;
        solo5_yield(solo5_clock_monotonic() + a_second, &ready);
        break;
      }
      default: caml_failwith("the network cannot be read");
    }
  }
}

value net_write(value bytes, value size)
{
  if (solo5_net_write(device, Bytes_val(bytes), (size_t)Long_val(size)) != SOLO5_R_OK)
    caml_failwith("the network cannot be written");
  return Val_unit;
}
