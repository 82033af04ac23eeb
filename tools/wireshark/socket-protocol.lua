-- A dissector of socket-protocol for Wireshark and tshark: both codecs, checksums verified, noise shown.
--
--   tshark -X lua_script:socket-protocol.lua -r capture.pcap -d tcp.port==17017,socket_protocol
--
-- or copy it to the folder of personal Lua plugins (Help, About, Folders). TCP port 17017 is decoded by itself; any other
-- with "Decode As…". Nothing is masked: whoever captures the bytes has the seeds and keys in any case.

local socket_protocol = Proto("socket_protocol", "Socket Protocol")
local DEFAULT_PORT = 17017
local HEADER_LENGTH = 12

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
}
socket_protocol.fields = fields

local wrong_checksum = ProtoExpert.new(
  "socket_protocol.wrong_checksum", "The checksum is wrong", expert.group.CHECKSUM, expert.severity.ERROR)
local no_message = ProtoExpert.new(
  "socket_protocol.no_message", "The frame is no message", expert.group.MALFORMED, expert.severity.WARN)
local some_noise = ProtoExpert.new(
  "socket_protocol.some_noise", "Bytes that are no frame", expert.group.UNDECODED, expert.severity.NOTE)
socket_protocol.experts = { wrong_checksum, no_message, some_noise }

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

-- ── codecs: a payload becomes its fields, or nil ──

local function read_pure_json(payload)
  if #payload <= 4 then return nil end
  local text = payload:sub(1, -5)
  local message = {
    codec = "pure_json",
    service_id = tonumber(text:match('"service_id"%s*:%s*(%d+)')),
    data_id = tonumber(text:match('"data_id"%s*:%s*(%d+)')),
    status = tonumber(text:match('"status"%s*:%s*(%d+)')),
    data = text:match('"data"%s*:%s*(.*)}%s*$'),
    checksum_ok = crc32(text) == big_endian(payload, #payload - 3),
  }
  if text:sub(1, 1) ~= "{" or not (message.service_id and message.data_id and message.status) then return nil end
  return message
end

local function read_struct_json(payload)
  if #payload <= HEADER_LENGTH + 1 then return nil end
  return {
    codec = "struct_json",
    status = big_endian(payload, 1),
    service_id = big_endian(payload, 5),
    data_id = big_endian(payload, 9),
    data = payload:sub(HEADER_LENGTH + 1, -2),
    checksum_ok = xor_of(payload:sub(1, -2)) == payload:byte(-1),
  }
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

local function show_message(buffer, pinfo, tree, payload)
  local frame = tree:add(socket_protocol, buffer)
  local message = read_pure_json(payload) or read_struct_json(payload)
  if not message then
    frame:add_proto_expert_info(no_message)
    return "no message"
  end
  local service = SERVICES[message.service_id] or ("service " .. message.service_id)
  local status = STATUSES[message.status] or tostring(message.status)
  frame:append_text(": " .. service)
  frame:add(fields.codec, buffer, message.codec)
  frame:add(fields.service_id, buffer, UInt64(message.service_id))
  frame:add(fields.service, buffer, service)
  frame:add(fields.data_id, buffer, UInt64(message.data_id))
  frame:add(fields.status, buffer, UInt64(message.status))
  frame:add(fields.status_name, buffer, status)
  frame:add(fields.data, buffer, message.data or "")
  frame:add(fields.checksum_ok, buffer, message.checksum_ok)
  if not message.checksum_ok then frame:add_proto_expert_info(wrong_checksum) end
  return string.format("%s, data id %d, %s", service, message.data_id, status)
end

local function show_noise(buffer, tree)
  local frame = tree:add(socket_protocol, buffer)
  frame:add(fields.noise, buffer, buffer:len())
  frame:add_proto_expert_info(some_noise)
end

function socket_protocol.dissector(buffer, pinfo, tree)
  local raw = buffer():raw()
  local infos = {}
  local at = 1
  while at <= #raw do
    local start = raw:find(":<", at, true)
    if not start then
      local rest = #raw - at + 1
      if raw:sub(-1) == ":" then rest = rest - 1 end -- the colon may begin the next frame
      if rest > 0 then show_noise(buffer(at - 1, rest), tree) end
      if rest < #raw - at + 1 then
        pinfo.desegment_offset = #raw - 1
        pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
      end
      break
    end
    if start > at then show_noise(buffer(at - 1, start - at), tree) end
    local outcome, place = end_of_frame(raw, start + 2)
    if not outcome then
      pinfo.desegment_offset = start - 1
      pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
      break
    end
    if outcome == "complete" then
      local payload = raw:sub(start + 2, place - 1):gsub(":=", ":")
      infos[#infos + 1] = show_message(buffer(start - 1, place + 2 - start), pinfo, tree, payload)
      at = place + 2
    else
      show_noise(buffer(start - 1, place - start), tree)
      at = place
    end
  end
  pinfo.cols.protocol = "SOCKET-PROTOCOL"
  if #infos > 0 then pinfo.cols.info = table.concat(infos, " | ") end
end

DissectorTable.get("tcp.port"):add(DEFAULT_PORT, socket_protocol)
