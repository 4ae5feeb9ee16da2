/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* An HTTP/1.1 server on 127.0.0.1 for tests, in a thread of its own, that
 * answers by a script and misbehaves on demand.
 *
 * The script is a JSON object: a path (without the query) to a reply, or to an
 * array of replies of which the last one stays. A reply:
 *
 *   { "status": 200,                 0: no head at all
 *     "headers": { "Name": "value" },
 *     "hold": true,                  a gate before the head
 *     "length": 100,                 Content-Length, true or not
 *     "framing": "chunked",          or "length" or "close"
 *     "steps": [ … ] }
 *
 * A step is a text, sent as one piece of the body (one chunk), or an object
 * with one of these keys:
 *
 *   "base64": "…"     bytes, as one piece
 *   "fill": N         N bytes, the I-th of them is I modulo 251
 *   "raw": "…"        bytes outside of any framing
 *   "gate": true      wait for http_peer_release ()
 *   "delay": MS       wait so long; for demonstrations, not for tests
 *   "hang": true      wait for ever
 *   "close": true     close the connection here
 *   "reset": true     the same with a TCP reset
 *
 * Without "framing" and "length" a reply of texts and bytes only has its true
 * Content-Length, any other is chunked. */

typedef struct _HttpPeer HttpPeer;

typedef struct
{
  gchar *method;
  gchar *target;                /* as it was sent */
  gchar *path;                  /* without query and, at a proxy, host */
  GHashTable *headers;          /* lower-case name to value */
  GBytes *body;
  guint connection;             /* the N-th that was accepted, from 1 */
} HttpPeerRequest;

HttpPeer *http_peer_new (const gchar * script, const gchar * pem,
    guint16 port, GError ** error);
void http_peer_free (HttpPeer * peer);

guint16 http_peer_port (HttpPeer * peer);
gchar *http_peer_url (HttpPeer * peer, const gchar * path);
void http_peer_set_patience (HttpPeer * peer, guint seconds);

/* Opens one gate: of whoever waits at one on that path, or will. */
void http_peer_release (HttpPeer * peer, const gchar * path);

/* These wait for it, and abort the test if it does not come. */
const HttpPeerRequest *http_peer_request (HttpPeer * peer, guint index);
void http_peer_wait_gate (HttpPeer * peer, const gchar * path);
void http_peer_wait_open (HttpPeer * peer, guint connections);
void http_peer_wait_full (HttpPeer * peer);

guint http_peer_n_requests (HttpPeer * peer);
guint http_peer_n_accepted (HttpPeer * peer);
guint64 http_peer_sent (HttpPeer * peer);
gchar *http_peer_protocol (HttpPeer * peer);

/* Ports where nothing answers: refused, and accepted by the kernel only. They
 * are so until the socket is given back. */
GSocket *http_peer_refusing (guint16 * port);
GSocket *http_peer_deaf (guint16 * port);
