type host = { hardware : string; address : string }
type answer = Nothing | Arp | Echo of string

(* Where things are in a frame: Ethernet, then ARP or IP, then ICMP. *)
let ethernet = 14
let ethernet_type = 12
let hardware_size = 6
let arp_operation = ethernet + 6
let arp_sender = ethernet + 8
let arp_target = ethernet + 18
let arp_size = ethernet + 28
let ip_length = ethernet + 2
let ip_fragment = ethernet + 6
let ip_protocol = ethernet + 9
let ip_source = ethernet + 12
let ip_destination = ethernet + 16
let shortest_ip = 20
let icmp_header = 8

(* Exchanges two parts of a frame that do not overlap. *)
let exchange frame one other size =
  let kept = Bytes.sub frame one size in
  Bytes.blit frame other frame one size;
  Bytes.blit kept 0 frame other size

(* The one's complement of the sum of all words, in one's complement. *)
let checksum frame start size =
  let rec sum at total =
    if at + 1 < start + size then sum (at + 2) (total + Bytes.get_uint16_be frame at)
    else if at < start + size then total + (Bytes.get_uint8 frame at lsl 8)
    else total
  in
  let rec fold total = if total > 0xffff then fold ((total land 0xffff) + (total lsr 16)) else total in
  lnot (fold (sum start 0)) land 0xffff

let is_at frame at text = Bytes.sub_string frame at (String.length text) = text

(* Back to who sent it. *)
let send_back host frame =
  Bytes.blit frame hardware_size frame 0 hardware_size;
  Bytes.blit_string host.hardware 0 frame hardware_size hardware_size

let arp host frame size =
  let request = 1 and reply = 2 in
  (* Ethernet addresses of six bytes for IP addresses of four. *)
  let kind = "\x00\x01\x08\x00\x06\x04" in
  if
    size >= arp_size
    && is_at frame ethernet kind
    && Bytes.get_uint16_be frame arp_operation = request
    && is_at frame (arp_target + hardware_size) host.address
  then (
    send_back host frame;
    Bytes.set_uint16_be frame arp_operation reply;
    exchange frame arp_sender arp_target (hardware_size + String.length host.address);
    Bytes.blit_string host.hardware 0 frame arp_sender hardware_size;
    Arp)
  else Nothing

let ip host frame size =
  let icmp = 1 and echo_request = 8 in
  let header = (Bytes.get_uint8 frame ethernet land 0xf) * 4 in
  let length = Bytes.get_uint16_be frame ip_length in
  let start = ethernet + header in
  let more_fragments = 0x3fff in
  if
    Bytes.get_uint8 frame ethernet lsr 4 = 4
    && header >= shortest_ip
    && length >= header + icmp_header
    && ethernet + length <= size
    && Bytes.get_uint16_be frame ip_fragment land more_fragments = 0
    && Bytes.get_uint8 frame ip_protocol = icmp
    && is_at frame ip_destination host.address
    && Bytes.get_uint8 frame start = echo_request
    && checksum frame ethernet header = 0
    && checksum frame start (length - header) = 0
  then (
    let source = Bytes.sub_string frame ip_source (String.length host.address) in
    send_back host frame;
    (* Its own checksum stays what it is: the same words in another order. *)
    exchange frame ip_source ip_destination (String.length host.address);
    let echo_reply = 0 in
    Bytes.set_uint8 frame start echo_reply;
    Bytes.set_uint16_be frame (start + 2) 0;
    Bytes.set_uint16_be frame (start + 2) (checksum frame start (length - header));
    Echo source)
  else Nothing

let answer host frame size =
  if size < ethernet + shortest_ip then Nothing
  else
    match Bytes.get_uint16_be frame ethernet_type with
    | 0x0806 -> arp host frame size
    | 0x0800 when is_at frame 0 host.hardware -> ip host frame size
    | _ -> Nothing

let show address =
  String.concat "." (List.map (fun c -> string_of_int (Char.code c)) (List.of_seq (String.to_seq address)))

let read text =
  let byte word =
    let digits = List.for_all (fun c -> c >= '0' && c <= '9') (List.of_seq (String.to_seq word)) in
    match int_of_string_opt word with
    | Some number when digits && number < 256 -> Some (String.make 1 (Char.chr number))
    | _ -> None
  in
  match List.filter_map byte (String.split_on_char '.' text) with
  | [ _; _; _; _ ] as bytes when List.length (String.split_on_char '.' text) = 4 ->
    Some (String.concat "" bytes)
  | _ -> None
