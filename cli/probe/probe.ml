external sum : float -> float -> float = "probe_sum"

let () = if sum (Sys.opaque_identity 0.5) 0.25 = 0.75 then print_endline "the sum is right" else exit 1
