(* Frames as Linux sends them, and what comes back. *)

let bytes hex =
  let words = List.filter (( <> ) "") (String.split_on_char ' ' hex) in
  Bytes.of_string (String.concat "" (List.map (fun word -> String.make 1 (Char.chr (int_of_string ("0x" ^ word)))) words))

let host = { Answer.hardware = "\x02\x00\x00\x00\x00\x02"; address = "\x0a\x00\x00\x02" }

let checked = ref 0

let check name request expected reply =
  let frame = bytes request in
  let found = Answer.answer host frame (Bytes.length frame) in
  let wrong what = Printf.eprintf "%s: another %s\n" name what; exit 1 in
  if found <> expected then wrong "answer";
  if frame <> bytes reply then wrong "frame";
  incr checked

let us = "02 00 00 00 00 02 "
let them = "02 00 00 00 00 01 "
let all = "ff ff ff ff ff ff "

let () =
  let who = them ^ "08 06 00 01 08 00 06 04 00 01 " ^ them ^ "0a 00 00 01 00 00 00 00 00 00 " in
  check "who has our address" (all ^ who ^ "0a 00 00 02") Answer.Arp
    (them ^ us ^ "08 06 00 01 08 00 06 04 00 02 " ^ us ^ "0a 00 00 02 " ^ them ^ "0a 00 00 01");
  check "who has another address" (all ^ who ^ "0a 00 00 03") Answer.Nothing (all ^ who ^ "0a 00 00 03");
  let ip addresses = "08 00 45 00 00 20 00 01 00 00 40 01 66 da " ^ addresses in
  let ping = us ^ them ^ ip "0a 00 00 01 0a 00 00 02 " in
  let data = "00 07 00 01 61 62 63 64" in
  check "a ping" (ping ^ "08 00 33 31 " ^ data) (Answer.Echo "\x0a\x00\x00\x01")
    (them ^ us ^ ip "0a 00 00 02 0a 00 00 01 " ^ "00 00 3b 31 " ^ data);
  let damaged = ping ^ "08 00 33 32 " ^ data in
  check "a damaged ping" damaged Answer.Nothing damaged;
  let short = us ^ them ^ ip "0a 00 00 01 0a 00 00 02" in
  check "half a ping" short Answer.Nothing short;
  assert (Answer.read "10.0.0.2" = Some host.address && Answer.show host.address = "10.0.0.2");
  assert (List.for_all (fun text -> Answer.read text = None) [ ""; "10.0.2"; "10.0.0.256"; "10.0.0.0x1"; "1.2.3.4.5"; "1.2.3.4." ]);
  Printf.printf "answer: %d frames\n" !checked
