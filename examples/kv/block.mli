(** A block device of the unikernel. *)

type t = private { sector_size : int; sectors : int }

(** The device that the manifest calls by this name. *)
val attach : string -> t

(** A sector, all of it. *)
val read : t -> int -> bytes

val write : t -> int -> bytes -> unit
