(** Keys and values on a block device, one pair in each sector: the lengths of both in two bytes each, the
    greater first, then the key and the value. A key without letters is a sector without a pair. *)

type t

val on : Block.t -> t

val get : t -> string -> string option

(** Why a pair cannot be kept. *)
type refusal = Too_long of int  (** how long it may be *) | Full

val put : t -> string -> string -> (unit, refusal) result

(** Whether there was such a key. *)
val remove : t -> string -> bool

(** All pairs, sorted by key. *)
val all : t -> (string * string) list
