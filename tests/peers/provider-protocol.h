/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "provider-peer.h"

#include <json-glib/json-glib.h>

/* What a protocol of the stand-in is made of. Everything runs in the peer's
 * thread. In each format ' stands for ", so that JSON can be read; what is
 * inserted stays as it is (provider_quote () for texts). */

typedef struct _ProviderExchange ProviderExchange;
typedef struct _ProviderMind ProviderMind;

/**
 * ProviderProtocol:
 * @size: of the state of an exchange, which begins as zeros
 * @refuses_open: sockets are accepted before they are refused
 * @request_id: (nullable): the header that names each answer; by default
 *   x-request-id
 * @serves: whether it is for this protocol; the first that says so has it
 * @key: (nullable): where the key stands in the request; NULL of it: 401
 * @begin: an HTTP request, or a socket that is open
 * @check: (nullable): before a socket is accepted; may refuse
 * @text: (nullable): a message, which is an object
 * @over: (nullable): frees what is in the state
 * @refuse: says that it is refused with that status, as the service would
 */
typedef struct
{
  const gchar *name;
  gsize size;
  gboolean refuses_open;
  const gchar *request_id;
  gboolean (*serves) (const ProviderRequest * request);
  const gchar *(*key) (ProviderExchange * x);
  void (*check) (ProviderExchange * x);
  void (*begin) (ProviderExchange * x);
  void (*text) (ProviderExchange * x, JsonObject * message);
  void (*binary) (ProviderExchange * x, const guint8 * data, gsize size);
  void (*over) (ProviderExchange * x);
  void (*refuse) (ProviderExchange * x, guint status);
} ProviderProtocol;

extern const ProviderProtocol *const provider_protocols[];

/* The exchange */
gpointer provider_state (ProviderExchange * x);
const ProviderRequest *provider_request (ProviderExchange * x);
ProviderMind *provider_mind (ProviderExchange * x);
guint provider_idle_ms (ProviderExchange * x, guint usual);
guint provider_number (ProviderExchange * x);   /* of the request, from 1 */
const gchar *provider_query (ProviderExchange * x, const gchar * name);
guint provider_query_number (ProviderExchange * x, const gchar * name,
    guint fallback);
const gchar *provider_header (ProviderExchange * x, const gchar * name);
const gchar *provider_key_behind (ProviderExchange * x, const gchar * header,
    const gchar * scheme);

gboolean provider_is_open (ProviderExchange * x);       /* a socket */

/* What is said; in order, after the latencies and with the faults */
void provider_respond (ProviderExchange * x, const gchar * name,
    const gchar * value);
void provider_refuse (ProviderExchange * x, guint status,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);
void provider_answer (ProviderExchange * x, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
void provider_stream (ProviderExchange * x, const gchar * content_type);
void provider_event (ProviderExchange * x, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
void provider_say (ProviderExchange * x, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
void provider_send (ProviderExchange * x, gconstpointer data, gsize size);
void provider_end (ProviderExchange * x);
void provider_close (ProviderExchange * x, guint code, const gchar * reason);
/* What is queued from now on bears that mark; what does can be dropped. */
void provider_mark (ProviderExchange * x, guint mark);
void provider_drop (ProviderExchange * x, guint mark);
guint provider_waiting (ProviderExchange * x, guint mark);
/* One timer an exchange; @due NULL: none */
void provider_alarm (ProviderExchange * x, guint ms,
    void (*due) (ProviderExchange * x));
/* These texts live as long as the exchange handles what has come. */
const gchar *provider_quote (ProviderExchange * x, const gchar * text);
const gchar *provider_base64 (ProviderExchange * x, gconstpointer data,
    gsize size);
const gchar *provider_seconds (ProviderExchange * x, guint ms);
const gchar *provider_keep (ProviderExchange * x, gchar * text);
