-- A dissector of socket-protocol for Wireshark and tshark: both codecs, checksums, noise, verdicts, requests with their answers.
--
--   tshark -X lua_script:socket-protocol.lua -r capture.pcap
--
-- or copy it to the folder of personal Lua plugins (Help, About, Folders). TCP port 17017 is decoded by itself; more ports are a
-- preference (`-o socket_protocol.ports:17017,9000`), and a stream on any other port is recognised by a first frame that is right.
-- In TLS it works on the same ports, with the keys of the connection (preference `tls.keylog_file`). Nothing is masked: a capture
-- holds the seeds and keys in any case.

local socket_protocol = Proto("socket_protocol", "Socket Protocol")
local NAME = "SOCKET-PROTOCOL"
local DEFAULT_PORT = 17017
local HEADER_LENGTH = 12
local MAX_NOISE_TEXT = 80

local STATUSES = {
  [0] = "okay",
  [1] = "buffering unhandled request",
  [2] = "callback error",
  [3] = "authentification required",
  [4] = "service or data unknown",
  [5] = "checksum error",
  [6] = "operation not permitted",
}
local SERVICES = {
  [0] = "authentification request",
  [1] = "authentification response",
  [8] = "channel name request",
  [9] = "channel name response",
  [10] = "read data request",
  [11] = "read data response",
  [20] = "write data request",
  [21] = "write data response",
  [30] = "execute request",
  [31] = "execute response",
}

local fields = {
  codec = ProtoField.string("socket_protocol.codec", "Codec"),
  service_id = ProtoField.uint64("socket_protocol.service_id", "Service id"),
  service = ProtoField.string("socket_protocol.service", "Service"),
  data_id = ProtoField.uint64("socket_protocol.data_id", "Data id"),
  status = ProtoField.uint64("socket_protocol.status", "Status"),
  status_name = ProtoField.string("socket_protocol.status_name", "Status name"),
  data = ProtoField.string("socket_protocol.data", "Data"),
  checksum_ok = ProtoField.bool("socket_protocol.checksum_ok", "Checksum is right"),
  noise = ProtoField.uint32("socket_protocol.noise", "Bytes of noise"),
  noise_text = ProtoField.string("socket_protocol.noise_text", "Text of the noise"),
  verdict = ProtoField.string("socket_protocol.verdict", "Verdict of the authentication"),
  answer_in = ProtoField.framenum("socket_protocol.answer_in", "Answer in", base.NONE, frametype.RESPONSE),
  request_in = ProtoField.framenum("socket_protocol.request_in", "Request in", base.NONE, frametype.REQUEST),
  response_time = ProtoField.relative_time("socket_protocol.response_time", "Response time"),
}
socket_protocol.fields = fields

local experts = {
  trusted = ProtoExpert.new(
    "socket_protocol.trusted", "The server trusts the client", expert.group.SECURITY, expert.severity.CHAT),
  key_refused = ProtoExpert.new(
    "socket_protocol.key_refused", "The key was refused: the secrets differ", expert.group.SECURITY, expert.severity.ERROR),
  no_seed = ProtoExpert.new(
    "socket_protocol.no_seed", "No seed: the server has no secret", expert.group.SECURITY, expert.severity.WARN),
  status = ProtoExpert.new(
    "socket_protocol.not_okay", "The status is not okay", expert.group.RESPONSE_CODE, expert.severity.WARN),
  wrong_checksum = ProtoExpert.new(
    "socket_protocol.wrong_checksum", "The checksum is wrong", expert.group.CHECKSUM, expert.severity.ERROR),
  no_message = ProtoExpert.new(
    "socket_protocol.no_message", "The frame is no message", expert.group.MALFORMED, expert.severity.ERROR),
  noise = ProtoExpert.new(
    "socket_protocol.some_noise", "Bytes that are no frame", expert.group.UNDECODED, expert.severity.WARN),
}
socket_protocol.experts = {
  experts.trusted, experts.key_refused, experts.no_seed, experts.status, experts.wrong_checksum, experts.no_message,
  experts.noise,
}
socket_protocol.prefs.ports = Pref.range(
  "TCP ports", tostring(DEFAULT_PORT), "Ports whose streams are dissected, in TLS too", 65535)

-- ── arithmetic: Lua 5.2 has bit32, Lua 5.4 has operators, LuaBitOp is `bit` ──

local function exclusive_or()
  if bit32 then return bit32.bxor end
  local operators = load("return function(a, b) return (a ~ b) & 0xffffffff end")
  if operators then return operators() end
  return function(a, b) return bit.bxor(a, b) % 0x100000000 end
end
local xor = exclusive_or()

local CRC_TABLE = {}
for byte = 0, 255 do
  local sum = byte
  for _ = 1, 8 do
    local shifted = (sum - sum % 2) / 2
    sum = sum % 2 == 1 and xor(0xedb88320, math.floor(shifted)) or math.floor(shifted)
  end
  CRC_TABLE[byte] = sum
end

local function crc32(text)
  local sum = 0xffffffff
  for at = 1, #text do
    sum = xor(CRC_TABLE[xor(sum, text:byte(at)) % 256], math.floor(sum / 256))
  end
  return xor(sum, 0xffffffff)
end

local function xor_of(text)
  local sum = 0
  for at = 1, #text do sum = xor(sum, text:byte(at)) end
  return sum
end

local function big_endian(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

-- ── codecs: a payload becomes a message; one that is damaged still has the codec that its form shows ──

-- JSON begins with a brace. The header of struct_json begins with a status, whose first byte is 0.
local function codec_of(payload)
  local first = payload:byte(1)
  if first == 0x7b then return "pure_json" end
  if first == 0 and #payload > HEADER_LENGTH then return "struct_json" end
  return nil
end

local function read_pure_json(payload)
  local text = payload:sub(1, -5)
  return {
    service_id = tonumber(text:match('"service_id"%s*:%s*(%d+)')),
    data_id = tonumber(text:match('"data_id"%s*:%s*(%d+)')),
    status = tonumber(text:match('"status"%s*:%s*(%d+)')),
    data = text:match('"data"%s*:%s*(.*)}%s*$'),
    checksum_ok = #payload > 4 and crc32(text) == big_endian(payload, #payload - 3),
  }
end

local function read_struct_json(payload)
  return {
    status = big_endian(payload, 1),
    service_id = big_endian(payload, 5),
    data_id = big_endian(payload, 9),
    data = payload:sub(HEADER_LENGTH + 1, -2),
    checksum_ok = xor_of(payload:sub(1, -2)) == payload:byte(-1),
  }
end

local READERS = { pure_json = read_pure_json, struct_json = read_struct_json }

-- nil: no codec has this form. `is_whole`: it has all of its fields.
local function read(payload)
  local codec = codec_of(payload)
  if not codec then return nil end
  local message = READERS[codec](payload)
  message.codec = codec
  message.is_whole = message.service_id ~= nil and message.data_id ~= nil and message.status ~= nil
  return message
end

-- ── requests and their answers ──

-- The wire has no request id: the answer to equal ids comes in the order of their requests, from the other side, with the
-- service id after that of the request.
local stream_of = Field.new("tcp.stream")
local streams = {} -- requests that wait, by the side that sent them and the key of the answer
local partners = {} -- by packet and place in it: the packet and time of the other one

function socket_protocol.init()
  streams, partners = {}, {}
end

local function side_of(pinfo)
  return tostring(pinfo.src) .. ":" .. pinfo.src_port
end

-- The number of the stream, or its two ends: the first of two passes has no fields.
local function stream_key(pinfo)
  local stream = stream_of()
  if stream then return stream.value end
  local ends = { side_of(pinfo), tostring(pinfo.dst) .. ":" .. pinfo.dst_port }
  table.sort(ends)
  return table.concat(ends, " ")
end

local function partner_of(message, pinfo, buffer)
  -- a packet may bring the end of one frame and others after it, and each is dissected on its own
  local own = pinfo.number .. " " .. buffer:offset() .. " " .. buffer:len()
  if pinfo.visited then return partners[own] end
  local stream = stream_key(pinfo)
  local waiting = streams[stream] or {}
  streams[stream] = waiting
  local asked = side_of(pinfo)
  for side, lines in pairs(waiting) do
    local line = side ~= asked and lines[message.service_id .. " " .. message.data_id]
    local request = line and table.remove(line, 1)
    if request then
      partners[own] = { is_answer = true, number = request.number, seconds = pinfo.rel_ts - request.at }
      partners[request.own] = { is_answer = false, number = pinfo.number }
      return partners[own]
    end
  end
  local lines = waiting[asked] or {}
  waiting[asked] = lines
  local key = (message.service_id + 1) .. " " .. message.data_id
  lines[key] = lines[key] or {}
  table.insert(lines[key], { own = own, number = pinfo.number, at = pinfo.rel_ts })
  return nil
end

-- ── framing ──

-- Finds the end of a frame whose payload begins at `from`: the index after it, the index at which it begins anew, or what
-- is wrong with it; nothing where it is not complete.
local function end_of_frame(raw, from)
  local at = from
  while true do
    local colon = raw:find(":", at, true)
    if not colon or colon == #raw then return nil end
    local control = raw:sub(colon + 1, colon + 1)
    if control == ">" then return "complete", colon end
    if control == "<" then return "restarted", colon end
    if control ~= "=" then return "broken", colon + 1 end
    at = colon + 2
  end
end

-- ── what is shown ──

-- A text on one line, without what a terminal would obey.
local function printable(text)
  local shown = text:sub(1, MAX_NOISE_TEXT):gsub("[%c\127-\255]", function(character)
    local names = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
    return names[character] or string.format("\\x%02x", character:byte())
  end)
  return #text > MAX_NOISE_TEXT and shown .. "…" or shown
end

-- What the answer to a seed or key request says; nil for any other message.
local function verdict_of(message)
  if message.service_id ~= 1 then return nil end
  if message.status ~= 0 then
    return message.status == 4 and "the server has no secret" or "refused", experts.no_seed
  end
  if message.data_id ~= 1 then return nil end
  if message.data == "true" then return "trusted", experts.trusted end
  return "key refused", experts.key_refused
end

local function show_partner(frame, buffer, partner)
  if not partner then return end
  local field = partner.is_answer and fields.request_in or fields.answer_in
  frame:add(field, buffer, partner.number):set_generated()
  if not partner.is_answer then return end
  local whole = math.floor(partner.seconds)
  local time = NSTime.new(whole, math.floor((partner.seconds - whole) * 1e9 + 0.5))
  frame:add(fields.response_time, buffer, time):set_generated()
end

local function show_message(buffer, pinfo, tree, payload)
  local frame = tree:add(socket_protocol, buffer)
  local message = read(payload)
  if not message then
    frame:add_proto_expert_info(experts.no_message)
    return "[no message]"
  end
  frame:add(fields.codec, buffer, message.codec)
  frame:add(fields.checksum_ok, buffer, message.checksum_ok)
  if not message.checksum_ok then frame:add_proto_expert_info(experts.wrong_checksum) end
  if not message.is_whole then
    frame:add_proto_expert_info(experts.no_message)
    return message.checksum_ok and "[no message]" or "[wrong checksum]"
  end
  local service = SERVICES[message.service_id] or ("service " .. message.service_id)
  local status = STATUSES[message.status] or ("status " .. message.status)
  frame:append_text(": " .. service)
  frame:add(fields.service_id, buffer, UInt64(message.service_id))
  frame:add(fields.service, buffer, service)
  frame:add(fields.data_id, buffer, UInt64(message.data_id))
  frame:add(fields.status, buffer, UInt64(message.status))
  frame:add(fields.status_name, buffer, status)
  frame:add(fields.data, buffer, message.data or "")
  local text = string.format("%s, data id %.0f, %s", service, message.data_id, status)
  -- nothing in a damaged message is believed
  if not message.checksum_ok then return text .. " [wrong checksum]" end
  show_partner(frame, buffer, partner_of(message, pinfo, buffer))
  local verdict, reason = verdict_of(message)
  if verdict then
    frame:add(fields.verdict, buffer, verdict)
    frame:add_proto_expert_info(reason, verdict)
    return text .. " [" .. verdict .. "]"
  end
  if message.status ~= 0 then frame:add_proto_expert_info(experts.status, "Status " .. message.status .. ": " .. status) end
  return text
end

local function show_noise(buffer, tree)
  local text = printable(buffer:raw())
  local frame = tree:add(socket_protocol, buffer)
  frame:append_text(": noise")
  frame:add(fields.noise, buffer, buffer:len())
  frame:add(fields.noise_text, buffer, text)
  frame:add_proto_expert_info(experts.noise, string.format('%d bytes that are no frame: "%s"', buffer:len(), text))
  return string.format('[noise: "%s"]', text)
end

-- How much of a stretch that begins with no frame is noise: a colon at its end may begin the next frame.
local function noise_length(raw, at)
  local rest = #raw - at + 1
  return raw:sub(-1) == ":" and rest - 1 or rest
end

-- A packet may bring several stretches, each of which is dissected on its own.
local function show_info(pinfo, infos)
  local is_first = tostring(pinfo.cols.protocol) ~= NAME
  pinfo.cols.protocol = NAME
  if #infos == 0 then return end
  local text = table.concat(infos, " | ")
  if is_first then
    pinfo.cols.info = text
  else
    pinfo.cols.info:append(" | " .. text)
  end
  pinfo.cols.info:fence()
end

-- TLS on one of our ports: its records begin with a kind from 20 to 23 and version 3.
local function is_tls(raw)
  local kind, version = raw:byte(1, 2)
  return version == 3 and kind >= 20 and kind <= 23
end

function socket_protocol.dissector(buffer, pinfo, tree)
  local raw = buffer():raw()
  if is_tls(raw) then return Dissector.get("tls"):call(buffer, pinfo, tree) end
  local infos = {}
  local at = 1
  local function noise(from, length)
    if length > 0 then infos[#infos + 1] = show_noise(buffer(from - 1, length), tree) end
  end
  local function wait_for_more(from)
    pinfo.desegment_offset = from - 1
    pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
  end
  while at <= #raw do
    local start = raw:find(":<", at, true)
    if not start then
      local length = noise_length(raw, at)
      noise(at, length)
      if at + length <= #raw then wait_for_more(#raw) end
      break
    end
    noise(at, start - at)
    local outcome, place = end_of_frame(raw, start + 2)
    if not outcome then
      wait_for_more(start)
      break
    end
    if outcome == "complete" then
      local payload = raw:sub(start + 2, place - 1):gsub(":=", ":")
      infos[#infos + 1] = show_message(buffer(start - 1, place + 2 - start), pinfo, tree, payload)
      at = place + 2
    else
      noise(start, place - start)
      at = place
    end
  end
  show_info(pinfo, infos)
end

-- ── which streams ──

-- A stream of any port is ours from its first segment that begins with a whole frame with the right checksum.
local function recognise(buffer, pinfo, tree)
  local raw = buffer():raw()
  if raw:sub(1, 2) ~= ":<" then return false end
  local outcome, place = end_of_frame(raw, 3)
  if outcome ~= "complete" then return false end
  local message = read((raw:sub(3, place - 1):gsub(":=", ":")))
  if not message or not message.is_whole or not message.checksum_ok then return false end
  pinfo.conversation = socket_protocol
  socket_protocol.dissector(buffer, pinfo, tree)
  return true
end

local TABLES = { "tcp.port", "tls.port" }
local ports = socket_protocol.prefs.ports

function socket_protocol.prefs_changed()
  if ports == socket_protocol.prefs.ports then return end
  for _, name in ipairs(TABLES) do
    DissectorTable.get(name):remove(ports, socket_protocol)
    DissectorTable.get(name):add(socket_protocol.prefs.ports, socket_protocol)
  end
  ports = socket_protocol.prefs.ports
end

for _, name in ipairs(TABLES) do DissectorTable.get(name):add(ports, socket_protocol) end
for _, list in ipairs({ "tcp", "tls" }) do pcall(socket_protocol.register_heuristic, socket_protocol, list, recognise) end
