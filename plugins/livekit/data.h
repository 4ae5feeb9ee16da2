/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What travels over the data channels, as plain values: one packet a message.
 * Strings are never %NULL. */

/* A longer message kills the channel; other programs stop here, too. */
#define LIVEKIT_DATA_MAX_SIZE 65535
#define LIVEKIT_DATA_MAX_CHUNK 15000
#define LIVEKIT_RPC_MAX_PAYLOAD 15360
#define LIVEKIT_RPC_MAX_MESSAGE 256

typedef enum
{
  LIVEKIT_DATA_OTHER,
  LIVEKIT_DATA_USER,
  LIVEKIT_DATA_DTMF,
  LIVEKIT_DATA_RPC_REQUEST,
  LIVEKIT_DATA_RPC_ACK,
  LIVEKIT_DATA_RPC_RESPONSE,
  LIVEKIT_DATA_STREAM_HEADER,
  LIVEKIT_DATA_STREAM_CHUNK,
  LIVEKIT_DATA_STREAM_TRAILER,
} LivekitDataType;

typedef enum
{
  LIVEKIT_RPC_UNSUPPORTED_METHOD = 1400,
  LIVEKIT_RPC_RECIPIENT_NOT_FOUND = 1401,
  LIVEKIT_RPC_REQUEST_TOO_LARGE = 1402,
  LIVEKIT_RPC_UNSUPPORTED_SERVER = 1403,
  LIVEKIT_RPC_UNSUPPORTED_VERSION = 1404,
  LIVEKIT_RPC_APPLICATION_ERROR = 1500,
  LIVEKIT_RPC_CONNECTION_TIMEOUT = 1501,
  LIVEKIT_RPC_RESPONSE_TIMEOUT = 1502,
  LIVEKIT_RPC_RECIPIENT_DISCONNECTED = 1503,
  LIVEKIT_RPC_RESPONSE_TOO_LARGE = 1504,
  LIVEKIT_RPC_SEND_FAILED = 1505,
} LivekitRpcCode;

typedef struct
{
  gchar *id;
  gchar *topic;
  gchar *mime;
  GHashTable *attributes;       /* strings */
  gint64 timestamp;             /* milliseconds since 1970 */
  gboolean is_text;
  gboolean compressed;          /* which we have not asked for */
  GBytes *inlined;              /* (nullable): the whole stream */
} LivekitStreamHeader;

typedef struct
{
  LivekitDataType type;
  gchar *identity;              /* of the sender, as the server says */
  gchar *sid;
  guint32 sequence;             /* of reliable packets, from 1 on */
  union
  {
    struct
    {
      gchar *topic;
      GBytes *payload;
    } user;
    struct
    {
      guint code;               /* 0 to 9, * = 10, # = 11, A to D = 12 to 15 */
      gchar *digit;
    } dtmf;
    struct
    {
      gchar *id, *method, *payload;
      guint timeout_ms, version;
    } rpc_request;
    gchar *rpc_ack;             /* id of the request */
    struct
    {
      gchar *id;
      gchar *payload;           /* or, with a code, what went wrong */
      gchar *details;
      guint code;               /* 0: no error */
    } rpc_response;
    LivekitStreamHeader header;
    struct
    {
      gchar *id;
      guint64 index;
      GBytes *content;
    } chunk;
    struct
    {
      gchar *id;
      gchar *reason;            /* not empty: aborted */
      GHashTable *attributes;
    } trailer;
  };
} LivekitData;

LivekitData *livekit_data_decode (const guint8 * data, gsize size,
    GError ** error);
void livekit_data_free (LivekitData * data);

/* Whom it is for, and its place among the reliable packets. */
typedef struct
{
  const gchar *const *to;       /* (nullable): identities; %NULL: everybody */
  const gchar *as;              /* (nullable): whose words they are */
  guint32 sequence;
} LivekitEnvelope;

GBytes *livekit_data_encode_user (const LivekitEnvelope * envelope,
    const gchar * topic, GBytes * payload);
GBytes *livekit_data_encode_dtmf (const LivekitEnvelope * envelope,
    gchar digit);
GBytes *livekit_data_encode_rpc_request (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * method, const gchar * payload,
    guint timeout_ms);
GBytes *livekit_data_encode_rpc_ack (const LivekitEnvelope * envelope,
    const gchar * id);
GBytes *livekit_data_encode_rpc_result (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * payload);
GBytes *livekit_data_encode_rpc_error (const LivekitEnvelope * envelope,
    const gchar * id, LivekitRpcCode code, const gchar * message);
GBytes *livekit_data_encode_header (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * topic, GHashTable * attributes,
    gint64 now_ms);
GBytes *livekit_data_encode_chunk (const LivekitEnvelope * envelope,
    const gchar * id, guint64 index, const gchar * text, gsize size);
GBytes *livekit_data_encode_trailer (const LivekitEnvelope * envelope,
    const gchar * id, const gchar * reason, GHashTable * attributes);
gsize livekit_data_chunk_size (const gchar * text);
GBytes *livekit_data_number (GBytes * packet, guint32 sequence);
