#include <caml/alloc.h>
#include <caml/mlvalues.h>

value probe_sum(value one, value other) { return caml_copy_double(Double_val(one) + Double_val(other)); }
