/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "provider-mind.h"
#include "provider-protocol.h"

#include <libsoup/soup.h>

/* Between provider-peer.c, which has the server, and provider-exchange.c. */

typedef enum
{
  FAULT_NONE,
  FAULT_REFUSE,
  FAULT_BAD_TLS,
  FAULT_401,
  FAULT_403,
  FAULT_429,
  FAULT_500,
  FAULT_STALL_HEAD,
  FAULT_STALL_BODY,
  FAULT_RESET,
  FAULT_MALFORMED,
  FAULT_ORDER,
  FAULT_HUGE,
  FAULT_SLOW,
} ProviderFault;

typedef struct
{
  ProviderFault fault;
  const ProviderProtocol *protocol;     /* NULL: any */
  guint from, count;            /* count 0: for ever */
  guint after;                  /* pieces before it */
} PlannedFault;

struct _ProviderPeer
{
  /* set once */
  ProviderPeerSettings settings;        /* its strings: the key alone */
  gchar *key;
  guint16 port;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GTlsCertificate *certificate, *bad_certificate;
  GCancellable *ends;

  /* its thread only */
  GSocketService *service;
  SoupServer *server;
  GHashTable *connections;      /* remote port to GSocketConnection */
  GList *exchanges;
  guint n_handshakes;
  GArray *faults;
  ProviderLatency latency;
  ProviderMind *mind;
  guint number;                 /* of requests */
  GHashTable *numbers;          /* of those of each protocol */

  GMutex lock;
  GCond changed;
  /* lock */
  GPtrArray *requests, *messages;
  guint n_sent, n_over;
};

struct _ProviderExchange
{
  ProviderPeer *peer;
  const ProviderProtocol *protocol;     /* NULL: nobody serves it */
  ProviderRequest *request;
  gboolean owns_request;
  guint index;                  /* of the request, of those that are kept */
  guint number;                 /* of all, from 1 */
  gpointer state;
  ProviderMind *mind;           /* NULL: the peer's */
  GSocket *base;
  SoupServerMessage *message;   /* NULL when it is over */
  SoupWebsocketConnection *socket;
  gulong on_over;

  PlannedFault fault;
  GQueue out;
  GPtrArray *kept;              /* texts */
  guint mark;
  guint n_sent;
  guint late_status;            /* with which an open socket is refused, or 0 */
  gboolean refused, head_sent, stalled, reset, done_fault;
  struct _Piece *held;          /* of the fault order */
  GBytes *slow;
  gsize slow_sent;
  GSource *timer, *alarm;
  void (*due) (ProviderExchange * x);
};

void provider_request_free (ProviderRequest * request);
void provider_exchange_start (ProviderExchange * x);
void provider_exchange_pump (ProviderExchange * x);
void provider_exchange_reset (ProviderExchange * x);
void provider_exchange_free (ProviderExchange * x);
void provider_peer_trace (ProviderExchange * x, const gchar * what,
    GBytes * bytes);
void provider_peer_note_sent (ProviderPeer * peer);
void provider_peer_note_message (ProviderExchange * x, gboolean binary,
    GBytes * bytes);
