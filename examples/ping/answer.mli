(** What a host answers to a frame. *)

type host = { hardware : string  (** six bytes *); address : string  (** four bytes *) }

type answer =
  | Nothing
  | Arp  (** who has the address? *)
  | Echo of string  (** a ping, by the host with this address *)

(** Turns the frame, of which [size] bytes are used, into the answer to it, where there is one. The answer is
    as long as the frame. *)
val answer : host -> bytes -> int -> answer

(** An address as people write it. *)
val show : string -> string

val read : string -> string option
