/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdio.h>

/* A server on 127.0.0.1, in a thread of its own, that stands in for the
 * services that hear, think and speak. All protocols are served on one port,
 * told apart by the path. What it says depends on nothing but what it is asked
 * and its script:
 *
 *  - who hears, finds speech by its energy and hears the next text of the
 *    script (a text is used up when its end has been said);
 *  - who thinks, follows the first rule of the script whose "when" is in what
 *    was said; calls the tools that the last message names (a JSON object
 *    behind the name becomes the arguments); says what a tool answered; or
 *    repeats what was said;
 *  - who speaks, plays 200 ms of a tone for each word, the pitch by the word.
 *
 * A script: { "hear": ["text", …], "answers": [ { "when": "text", "say":
 * "text", "calls": [ { "name": "…", "arguments": {…} } ] } ] }
 *
 * Faults, each from its Nth request on and for so many (a socket is one
 * request, and so is a connection that is refused), of all requests or, as
 * "FAULT/PROTOCOL", of those of one protocol:
 *
 *   refuse       the connection is reset as soon as it is there
 *   bad-tls      a certificate that nobody trusts (only with TLS)
 *   401 403 429 500   as the service says it; 429 with Retry-After
 *   stall-head   no answer at all
 *   stall-body   after so many pieces nothing comes any more
 *   reset        after so many pieces a TCP reset
 *   malformed    one piece is no JSON
 *   order        each two pieces are exchanged
 *   huge         a piece of 10 MB comes first
 *   slow         one byte at a time
 *
 * A piece is a message of a socket, an event, or a chunk of a body. */

typedef struct _ProviderPeer ProviderPeer;

/**
 * ProviderRequest:
 * @protocol: (nullable): who serves it, as faults name it
 * @query: name to value, the first of each name
 * @target: path and query as they were sent
 * @headers: lower-case name to value
 */
typedef struct
{
  const gchar *protocol;
  gchar *method, *path, *target;
  GHashTable *query;
  GHashTable *headers;
  GBytes *body;
  gboolean socket;
} ProviderRequest;

/**
 * ProviderMessage: what came over a socket
 * @request: the index of its request
 * @bytes: a text ends with NUL, which is not counted
 */
typedef struct
{
  guint request;
  gboolean binary;
  GBytes *bytes;
} ProviderMessage;

/**
 * ProviderPeerSettings: all 0 will do
 * @pem: (nullable): key and certificate; NULL: no TLS
 * @bad_pem: (nullable): those of the fault bad-tls
 * @script: (nullable): JSON, see above
 * @key: (nullable): the only key that is right; NULL: any
 * @idle_ms: after so long without sound some hang up; 0: as the service
 * @forget: keep no requests and messages
 * @hear_each: each connection hears the script from its beginning
 * @keep: a connection serves one HTTP request after the other, as the services'
 *   do; `refuse` and `bad-tls` are no faults then, and libsoup (3.2) leaks the
 *   socket of each connection
 * @trace: (nullable): gets a line for each request, message and piece: the time
 *   in us, "asked", "got" or "sent", the protocol, the size, and the beginning
 *   of the text
 */
typedef struct
{
  guint16 port;
  const gchar *pem, *bad_pem;
  const gchar *script;
  const gchar *key;
  guint idle_ms;
  gboolean forget;
  gboolean hear_each;
  gboolean keep;
  FILE *trace;
} ProviderPeerSettings;

/* Milliseconds before the head of an answer, the first piece of it (over a
 * socket: of each answer), and each further piece. */
typedef struct
{
  guint head, first, between;
} ProviderLatency;

ProviderPeer *provider_peer_new (const ProviderPeerSettings * settings,
    GError ** error);
void provider_peer_free (ProviderPeer * peer);
guint16 provider_peer_port (ProviderPeer * peer);
/* (transfer full): @scheme is "http" or "ws"; with TLS the s is added */
gchar *provider_peer_url (ProviderPeer * peer, const gchar * scheme,
    const gchar * path);

/* These hold when they return. */
void provider_peer_set_latency (ProviderPeer * peer,
    const ProviderLatency * latency);
gboolean provider_peer_add_fault (ProviderPeer * peer, const gchar * name,
    guint from, guint count, guint after);
gboolean provider_peer_break (ProviderPeer * peer, const gchar * name);
void provider_peer_mend (ProviderPeer * peer);

/* These wait for it, and abort the test if it does not come; the first is 0. */
const ProviderRequest *provider_peer_request (ProviderPeer * peer, guint index);
const ProviderMessage *provider_peer_message (ProviderPeer * peer, guint index);
const ProviderMessage *provider_peer_find (ProviderPeer * peer,
    const gchar * text, guint from);
void provider_peer_wait_sent (ProviderPeer * peer, guint pieces);
void provider_peer_wait_over (ProviderPeer * peer, guint requests);

guint provider_peer_n_requests (ProviderPeer * peer);
guint provider_peer_n_messages (ProviderPeer * peer);
