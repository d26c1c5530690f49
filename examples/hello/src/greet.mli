(** Greetings in a frame. *)

(** [framed text] is [text] with a frame that fits around it. *)
val framed : string -> string

(** How many characters a UTF-8 text has; counted in C. *)
val length : string -> int
