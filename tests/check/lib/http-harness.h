/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/error.h>
#include <gst-voice/http.h>
#include <gst-voice/io.h>

#include "http-peer.h"

/* In the path, the query, a header and the body of whatever is sent; must not
 * appear in an error's text. */
#define SECRET "Zx81hush"

#define PATIENCE_MS 20000       /* deadlines that are not to pass */
#define SHORT_MS 60             /* those that are */
#define PAUSE_MS 800            /* those that would without a pause */
#define TEN_MB (10 * 1024 * 1024)

/* A request and what came of it. */
typedef struct
{
  GstVoiceHttpRequest *request;
  /* set before it is sent */
  gboolean cancel_in_headers;
  gboolean cancel_in_data;
  gboolean pause_in_data;       /* in the first */
  gboolean toggle_in_data;      /* paused and resumed, in each */

  GMutex lock;
  GCond changed;
  /* lock */
  guint n_headers, n_pieces, n_done, n_destroyed;
  GByteArray *body;
  GError *error;
  guint status;
  gboolean went_out;
  gchar *id;
  gchar *error_body;
  gchar *header;                /* X-Test of the answer */
  gint64 retry_after;
} Call;

/* Every test has a peer and a network thread of its own: when that has ended,
 * no connection and no descriptor is left. */
typedef struct
{
  HttpPeer *peer;
  guint fds;
  GResolver *resolver;          /* to be put back, if it was replaced */
} World;

void http_test_init (int *argc, char ***argv);
int http_test_run (void);

void world_begin (World * world);
void world_begin_tls (World * world, const gchar * text);
void world_begin_with (World * world, const gchar * text, const gchar * pem);
void world_end (World * world);
void use_test_resolver (World * world);

Call *call_new (const gchar * method, const gchar * url);
Call *call_peer (HttpPeer * peer, const gchar * method, const gchar * path);
void call_deadlines (Call * call, guint connect, guint first_byte, guint stall,
    guint total);
void call_send (Call * call);
void call_wait (Call * call);
void call_wait_headers (Call * call);
void call_wait_bytes (Call * call, guint n);
guint call_bytes (Call * call);
void call_free (Call * call);
void assert_body (Call * call, const gchar * text);
void assert_succeeded (Call * call, const gchar * body);
void assert_failed (Call * call, GstVoiceError code);
void assert_cancelled (Call * call);
void fetch_ok (HttpPeer * peer, const gchar * method, const gchar * path,
    const gchar * body);
Call *fetch_bad (HttpPeer * peer, const gchar * method, const gchar * path,
    GstVoiceError code);
void assert_call_fails (const gchar * url, GstVoiceError code,
    const gchar * says);
void assert_ten_mb (Call * call);
void assert_deadline (HttpPeer * peer, const gchar * path, GstVoiceError code,
    guint first_byte, guint stall, guint total);
