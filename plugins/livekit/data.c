/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Packets of the data channels: user data, DTMF, RPC (version 1) and the
 * pieces of data streams, which text-stream.c puts together.
 *
 * Threads: any. Locks: none.
 */
#include "data.h"

#include "proto.h"

#include <livekit_models.pb-c.h>
#include <string.h>

/* protobuf-c has no pointers to const. */
#define TEXT(s) ((char *) ((s) ? (s) : ""))

#define DTMF_DIGITS "0123456789*#ABCD"

static GBytes *
read_bytes (const ProtobufCBinaryData * data)
{
  return g_bytes_new (data->data, data->len);
}

static void
read_header (LivekitData * out, const Livekit__DataStream__Header * message)
{
  LivekitStreamHeader *header = &out->header;

  out->type = LIVEKIT_DATA_STREAM_HEADER;
  header->id = g_strdup (message->stream_id);
  header->topic = g_strdup (message->topic);
  header->mime = g_strdup (message->mime_type);
  header->attributes =
      livekit_proto_get_map (message->n_attributes, message->attributes);
  header->timestamp = message->timestamp;
  header->is_text = message->content_header_case ==
      LIVEKIT__DATA_STREAM__HEADER__CONTENT_HEADER_TEXT_HEADER;
  header->compressed = message->compression !=
      LIVEKIT__DATA_STREAM__COMPRESSION_TYPE__NONE;
  if (message->optional_inline_content_case ==
      LIVEKIT__DATA_STREAM__HEADER__OPTIONAL_INLINE_CONTENT_INLINE_CONTENT)
    header->inlined = read_bytes (&message->inline_content);
}

static void
read_response (LivekitData * out, const Livekit__RpcResponse * message)
{
  gboolean failed = message->value_case == LIVEKIT__RPC_RESPONSE__VALUE_ERROR;
  const gchar *text = "";

  if (failed)
    text = message->error->message;
  else if (message->value_case == LIVEKIT__RPC_RESPONSE__VALUE_PAYLOAD)
    text = message->payload;
  out->type = LIVEKIT_DATA_RPC_RESPONSE;
  out->rpc_response.id = g_strdup (message->request_id);
  out->rpc_response.payload = g_strdup (text);
  out->rpc_response.details = g_strdup (failed ? message->error->data : "");
  /* An error without a code is still one. */
  if (failed)
    out->rpc_response.code = message->error->code ? message->error->code :
        LIVEKIT_RPC_APPLICATION_ERROR;
}

static void
read_rpc (LivekitData * out, const Livekit__DataPacket * packet)
{
  switch (packet->value_case) {
    case LIVEKIT__DATA_PACKET__VALUE_RPC_REQUEST:
      out->type = LIVEKIT_DATA_RPC_REQUEST;
      out->rpc_request.id = g_strdup (packet->rpc_request->id);
      out->rpc_request.method = g_strdup (packet->rpc_request->method);
      out->rpc_request.payload = g_strdup (packet->rpc_request->payload);
      out->rpc_request.timeout_ms = packet->rpc_request->response_timeout_ms;
      out->rpc_request.version = packet->rpc_request->version;
      break;
    case LIVEKIT__DATA_PACKET__VALUE_RPC_ACK:
      out->type = LIVEKIT_DATA_RPC_ACK;
      out->rpc_ack = g_strdup (packet->rpc_ack->request_id);
      break;
    case LIVEKIT__DATA_PACKET__VALUE_RPC_RESPONSE:
      read_response (out, packet->rpc_response);
      break;
    default:
      break;
  }
}

static void
read_stream (LivekitData * out, const Livekit__DataPacket * packet)
{
  switch (packet->value_case) {
    case LIVEKIT__DATA_PACKET__VALUE_STREAM_HEADER:
      read_header (out, packet->stream_header);
      break;
    case LIVEKIT__DATA_PACKET__VALUE_STREAM_CHUNK:
      out->type = LIVEKIT_DATA_STREAM_CHUNK;
      out->chunk.id = g_strdup (packet->stream_chunk->stream_id);
      out->chunk.index = packet->stream_chunk->chunk_index;
      out->chunk.content = read_bytes (&packet->stream_chunk->content);
      break;
    case LIVEKIT__DATA_PACKET__VALUE_STREAM_TRAILER:
      out->type = LIVEKIT_DATA_STREAM_TRAILER;
      out->trailer.id = g_strdup (packet->stream_trailer->stream_id);
      out->trailer.reason = g_strdup (packet->stream_trailer->reason);
      out->trailer.attributes =
          livekit_proto_get_map (packet->stream_trailer->n_attributes,
          packet->stream_trailer->attributes);
      break;
    default:
      read_rpc (out, packet);
      break;
  }
}

static void
read_user (LivekitData * out, const Livekit__UserPacket * user)
{
  gboolean has_topic = user->optional_topic_case ==
      LIVEKIT__USER_PACKET__OPTIONAL_TOPIC_TOPIC;

  out->type = LIVEKIT_DATA_USER;
  out->user.topic = g_strdup (has_topic ? user->topic : "");
  out->user.payload = read_bytes (&user->payload);
}

/**
 * livekit_data_decode:
 * @data: a message of a data channel
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): what it says; what we do not know is
 *   %LIVEKIT_DATA_OTHER and no error
 */
LivekitData *
livekit_data_decode (const guint8 * data, gsize size, GError ** error)
{
  Livekit__DataPacket *packet =
      livekit_proto_decode (&livekit__data_packet__descriptor, data, size,
      LIVEKIT_DATA_MAX_SIZE, error);
  LivekitData *out;

  if (!packet)
    return NULL;
  out = g_new0 (LivekitData, 1);
  out->identity = g_strdup (packet->participant_identity);
  out->sid = g_strdup (packet->participant_sid);
  out->sequence = packet->sequence;
  if (packet->value_case == LIVEKIT__DATA_PACKET__VALUE_USER) {
    read_user (out, packet->user);
  } else if (packet->value_case == LIVEKIT__DATA_PACKET__VALUE_SIP_DTMF) {
    out->type = LIVEKIT_DATA_DTMF;
    out->dtmf.code = packet->sip_dtmf->code;
    out->dtmf.digit = g_strdup (packet->sip_dtmf->digit);
  } else {
    read_stream (out, packet);
  }
  livekit_proto_free (packet);
  return out;
}

static void
clear_header (LivekitStreamHeader * header)
{
  g_free (header->id);
  g_free (header->topic);
  g_free (header->mime);
  g_hash_table_unref (header->attributes);
  g_clear_pointer (&header->inlined, g_bytes_unref);
}

static void
clear_content (LivekitData * data)
{
  switch (data->type) {
    case LIVEKIT_DATA_USER:
      g_free (data->user.topic);
      g_bytes_unref (data->user.payload);
      break;
    case LIVEKIT_DATA_DTMF:
      g_free (data->dtmf.digit);
      break;
    case LIVEKIT_DATA_RPC_REQUEST:
      g_free (data->rpc_request.id);
      g_free (data->rpc_request.method);
      g_free (data->rpc_request.payload);
      break;
    case LIVEKIT_DATA_RPC_ACK:
      g_free (data->rpc_ack);
      break;
    case LIVEKIT_DATA_RPC_RESPONSE:
      g_free (data->rpc_response.id);
      g_free (data->rpc_response.payload);
      g_free (data->rpc_response.details);
      break;
    case LIVEKIT_DATA_STREAM_HEADER:
      clear_header (&data->header);
      break;
    case LIVEKIT_DATA_STREAM_CHUNK:
      g_free (data->chunk.id);
      g_bytes_unref (data->chunk.content);
      break;
    case LIVEKIT_DATA_STREAM_TRAILER:
      g_free (data->trailer.id);
      g_free (data->trailer.reason);
      g_hash_table_unref (data->trailer.attributes);
      break;
    case LIVEKIT_DATA_OTHER:
      break;
  }
}

/**
 * livekit_data_free:
 * @data: (transfer full) (nullable): what livekit_data_decode () returned
 */
void
livekit_data_free (LivekitData * data)
{
  if (!data)
    return;
  clear_content (data);
  g_free (data->identity);
  g_free (data->sid);
  g_free (data);
}

static GBytes *
encode (const LivekitEnvelope * envelope,
    Livekit__DataPacket__ValueCase which, gpointer content)
{
  Livekit__DataPacket packet;

  livekit__data_packet__init (&packet);
  packet.sequence = envelope->sequence;
  packet.participant_identity = TEXT (envelope->as);
  if (envelope->to) {
    packet.n_destination_identities = g_strv_length ((GStrv) envelope->to);
    packet.destination_identities = (char **) envelope->to;
  }
  packet.value_case = which;
  packet.user = content;        /* one of a union of pointers */
  return livekit_proto_encode (&packet);
}

/**
 * livekit_data_encode_user:
 * @topic: (nullable): what it is about
 * @payload: anything
 */
GBytes *
livekit_data_encode_user (const LivekitEnvelope * envelope,
    const gchar * topic, GBytes * payload)
{
  Livekit__UserPacket user;
  gsize size;
  gconstpointer data = g_bytes_get_data (payload, &size);

  livekit__user_packet__init (&user);
  user.payload.data = (guint8 *) data;
  user.payload.len = size;
  if (topic) {
    user.optional_topic_case = LIVEKIT__USER_PACKET__OPTIONAL_TOPIC_TOPIC;
    user.topic = TEXT (topic);
  }
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_USER, &user);
}

/**
 * livekit_data_encode_dtmf:
 * @digit: 0 to 9, *, #, A to D
 *
 * Returns: (transfer full) (nullable): %NULL for any other digit
 */
GBytes *
livekit_data_encode_dtmf (const LivekitEnvelope * envelope, gchar digit)
{
  const gchar *place = digit ? strchr (DTMF_DIGITS, digit) : NULL;
  gchar text[] = { digit, '\0' };
  Livekit__SipDTMF dtmf;

  if (!place)
    return NULL;
  livekit__sip_dtmf__init (&dtmf);
  dtmf.code = place - DTMF_DIGITS;
  dtmf.digit = text;
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_SIP_DTMF, &dtmf);
}

/**
 * livekit_data_encode_rpc_request:
 * @envelope: to one identity
 * @id: comes back in acknowledgement and response
 * @timeout_ms: the other side has for its response
 *
 * Returns: (transfer full) (nullable): %NULL if @payload is too long
 */
GBytes *
livekit_data_encode_rpc_request (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * method, const gchar * payload,
    guint timeout_ms)
{
  Livekit__RpcRequest request;

  if (strlen (payload) > LIVEKIT_RPC_MAX_PAYLOAD)
    return NULL;
  livekit__rpc_request__init (&request);
  request.id = TEXT (id);
  request.method = TEXT (method);
  request.payload = TEXT (payload);
  request.response_timeout_ms = timeout_ms;
  request.version = 1;
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_RPC_REQUEST, &request);
}

/**
 * livekit_data_encode_rpc_ack:
 * @id: of the request; to be sent before it is handled
 */
GBytes *
livekit_data_encode_rpc_ack (const LivekitEnvelope * envelope, const gchar * id)
{
  Livekit__RpcAck ack;

  livekit__rpc_ack__init (&ack);
  ack.request_id = TEXT (id);
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_RPC_ACK, &ack);
}

/**
 * livekit_data_encode_rpc_error:
 * @id: of the request
 * @message: for people; what is too long of it is cut
 */
GBytes *
livekit_data_encode_rpc_error (const LivekitEnvelope * envelope,
    const gchar * id, LivekitRpcCode code, const gchar * message)
{
  gchar *text = g_strndup (message, LIVEKIT_RPC_MAX_MESSAGE);
  Livekit__RpcResponse response;
  Livekit__RpcError error;
  const gchar *end;
  GBytes *bytes;

  g_utf8_validate (text, -1, &end);
  *(gchar *) end = '\0';
  livekit__rpc_response__init (&response);
  livekit__rpc_error__init (&error);
  error.code = code;
  error.message = text;
  response.request_id = TEXT (id);
  response.value_case = LIVEKIT__RPC_RESPONSE__VALUE_ERROR;
  response.error = &error;
  bytes = encode (envelope, LIVEKIT__DATA_PACKET__VALUE_RPC_RESPONSE,
      &response);
  g_free (text);
  return bytes;
}

/**
 * livekit_data_encode_rpc_result:
 * @id: of the request
 * @payload: if it is too long, the response is an error that says so
 */
GBytes *
livekit_data_encode_rpc_result (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * payload)
{
  Livekit__RpcResponse response;

  if (strlen (payload) > LIVEKIT_RPC_MAX_PAYLOAD)
    return livekit_data_encode_rpc_error (envelope, id,
        LIVEKIT_RPC_RESPONSE_TOO_LARGE, "Response payload too large");
  livekit__rpc_response__init (&response);
  response.request_id = TEXT (id);
  response.value_case = LIVEKIT__RPC_RESPONSE__VALUE_PAYLOAD;
  response.payload = TEXT (payload);
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_RPC_RESPONSE, &response);
}

/**
 * livekit_data_encode_header:
 * @id: of the stream, a UUID
 * @topic: `lk.chat`, `lk.transcription`, …
 * @attributes: (nullable): strings
 * @now_ms: milliseconds since 1970
 *
 * Returns: (transfer full) (nullable): the begin of a text stream; %NULL if
 *   there are too many attributes
 */
GBytes *
livekit_data_encode_header (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * topic, GHashTable * attributes,
    gint64 now_ms)
{
  Livekit__DataStream__Header header;
  Livekit__DataStream__TextHeader text;
  GBytes *bytes;

  livekit__data_stream__header__init (&header);
  livekit__data_stream__text_header__init (&text);
  header.stream_id = TEXT (id);
  header.timestamp = now_ms;
  header.topic = TEXT (topic);
  header.mime_type = TEXT ("text/plain");
  header.content_header_case =
      LIVEKIT__DATA_STREAM__HEADER__CONTENT_HEADER_TEXT_HEADER;
  header.text_header = &text;
  header.attributes = livekit_proto_new_map (attributes,
      &livekit__data_stream__header__attributes_entry__descriptor,
      &header.n_attributes);
  bytes = encode (envelope, LIVEKIT__DATA_PACKET__VALUE_STREAM_HEADER, &header);
  livekit_proto_free_map (header.attributes, header.n_attributes);
  if (g_bytes_get_size (bytes) > LIVEKIT_DATA_MAX_CHUNK)
    g_clear_pointer (&bytes, g_bytes_unref);
  return bytes;
}

/**
 * livekit_data_chunk_size:
 * @text: UTF-8
 *
 * Returns: how many bytes of it are one chunk; no character is cut
 */
gsize
livekit_data_chunk_size (const gchar * text)
{
  gsize size = strnlen (text, LIVEKIT_DATA_MAX_CHUNK + 1);

  if (size <= LIVEKIT_DATA_MAX_CHUNK)
    return size;
  return g_utf8_find_prev_char (text, text + LIVEKIT_DATA_MAX_CHUNK + 1)
      - text;
}

/**
 * livekit_data_encode_chunk:
 * @id: of the stream
 * @index: 0, 1, …
 * @size: at most what livekit_data_chunk_size () says
 */
GBytes *
livekit_data_encode_chunk (const LivekitEnvelope * envelope,
    const gchar * id, guint64 index, const gchar * text, gsize size)
{
  Livekit__DataStream__Chunk chunk;

  livekit__data_stream__chunk__init (&chunk);
  chunk.stream_id = TEXT (id);
  chunk.chunk_index = index;
  chunk.content.data = (guint8 *) text;
  chunk.content.len = size;
  return encode (envelope, LIVEKIT__DATA_PACKET__VALUE_STREAM_CHUNK, &chunk);
}

/**
 * livekit_data_encode_trailer:
 * @id: of the stream
 * @reason: (nullable): why it is aborted
 * @attributes: (nullable): that come with its end
 */
GBytes *
livekit_data_encode_trailer (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * reason, GHashTable * attributes)
{
  Livekit__DataStream__Trailer trailer;
  GBytes *bytes;

  livekit__data_stream__trailer__init (&trailer);
  trailer.stream_id = TEXT (id);
  trailer.reason = TEXT (reason);
  trailer.attributes = livekit_proto_new_map (attributes,
      &livekit__data_stream__trailer__attributes_entry__descriptor,
      &trailer.n_attributes);
  bytes = encode (envelope, LIVEKIT__DATA_PACKET__VALUE_STREAM_TRAILER,
      &trailer);
  livekit_proto_free_map (trailer.attributes, trailer.n_attributes);
  return bytes;
}

/**
 * livekit_data_number:
 * @packet: encoded with the sequence 0
 * @sequence: its place among the reliable packets, from 1 on
 *
 * A packet that waits for its channel does not know its place yet. Fields of
 * Protocol Buffers may come in any order, so it goes to the end.
 *
 * Returns: (transfer full): the packet with its number
 */
GBytes *
livekit_data_number (GBytes * packet, guint32 sequence)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (packet, &size);
  guint8 *out = g_malloc (size + 7), *end = out + size;

  memcpy (out, data, size);
  *end++ = 0x80;                /* field 16, a varint */
  *end++ = 0x01;
  for (; sequence > 0x7f; sequence >>= 7)
    *end++ = 0x80 | (sequence & 0x7f);
  *end++ = sequence;
  return g_bytes_new_take (out, end - out);
}
