/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the sender sends, what it makes of answers, and that nothing is lost and
 * nothing new when a process is killed at any moment.
 */
#include "fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <http-peer.h>
#include <outbox-sender.h>
#include <signal.h>
#include <spool.h>
#include <string.h>

#define PATIENCE (60 * G_USEC_PER_SEC)
#define KILLS 200
#define MAX_MOMENT_US 40000

static const gchar *program;

typedef struct
{
  gchar *dir, *db, *spool;
  HttpPeer *peer;
  gchar *url;
} Scene;

static void
set_up (Scene * scene, gconstpointer script)
{
  scene->dir = fixture_dir ();
  scene->db = g_build_filename (scene->dir, "calls.db", NULL);
  scene->spool = g_build_filename (scene->dir, "spool", NULL);
  scene->peer = http_peer_new (script, NULL, 0, NULL);
  g_assert_nonnull (scene->peer);
  scene->url = http_peer_url (scene->peer, "/hook");
}

static void
tear_down (Scene * scene, gconstpointer script)
{
  http_peer_free (scene->peer);
  g_free (scene->url);
  g_free (scene->spool);
  g_free (scene->db);
  fixture_remove (scene->dir);
}

/* A call from its beginning until it is in the database. */
static void
play (const gchar * db, const gchar * dir, const gchar * id,
    const gchar * url, const gchar * secret)
{
  Delivery delivery = { (gchar *) url, (gchar *) secret };
  Store *store = store_open (db, STORE_WRITE | STORE_CREATE, NULL);
  Spool *spool = spool_begin (dir, id, NULL);
  gchar *text = g_strdup_printf ("{\"n\":1,\"at\":0,\"wall\":"
      "\"2026-01-14T09:05:02.262Z\",\"type\":\"session-started\","
      "\"call-id\":\"%s\",\"persona\":\"clinic\",\"pipeline\":\"x\"}\n", id);
  FILE *file;

  g_assert_true (store && spool);
  g_assert_true (spool_note (spool, &delivery, NULL));
  file = g_fopen (spool_path (spool), "we");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  g_assert_true (spool_deliver (spool, store, NULL, NULL));
  spool_end (spool);
  store_close (store);
  g_free (text);
}

static void
play_one (Scene * scene, const gchar * secret)
{
  play (scene->db, scene->spool, "one", scene->url, secret);
}

static OutboxEntry *
the_entry (Scene * scene)
{
  Store *store = store_open (scene->db, STORE_READ, NULL);
  OutboxEntry *entry = outbox_find (store, "one", NULL);

  g_assert_nonnull (entry);
  store_close (store);
  return entry;
}

/* All that is due, once. */
static void
send_all (Scene * scene)
{
  outbox_sender_free (outbox_sender_new (scene->db, NULL, NULL), 30);
}

static const gchar *
header (const HttpPeerRequest * request, const gchar * name)
{
  return g_hash_table_lookup (request->headers, name);
}

static gchar *
body_of (const HttpPeerRequest * request)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (request->body, &size);

  return g_strndup (data, size);
}

static void
expect_signed (const HttpPeerRequest * request, const gchar * secret)
{
  gchar *body = body_of (request);
  gint64 time = g_ascii_strtoll (header (request, "x-gst-voice-signature") + 2,
      NULL, 10);
  gchar *value = outbox_sign (secret, time * G_USEC_PER_SEC, body);

  g_assert_cmpstr (header (request, "x-gst-voice-signature"), ==, value);
  g_free (value);
  g_free (body);
}

#define TAKEN "{\"/hook\": {\"status\": 200, \"steps\": [\"ok\"]}}"

static void
delivered (Scene * scene, gconstpointer script)
{
  const HttpPeerRequest *request;
  gchar *path = g_build_filename (scene->dir, "secret", NULL), *secret;
  OutboxEntry *entry;

  g_assert_true (g_file_set_contents (path, "hush\n", -1, NULL));
  secret = g_strconcat ("file:", path, NULL);
  play_one (scene, secret);
  send_all (scene);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_DELIVERED);
  g_assert_cmpuint (entry->status, ==, 200);
  request = http_peer_request (scene->peer, 0);
  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_cmpstr (header (request, "idempotency-key"), ==, entry->id);
  g_assert_cmpstr (header (request, "content-type"), ==, "application/json");
  expect_signed (request, "hush");
  outbox_entry_free (entry);
  send_all (scene);
  g_assert_cmpuint (http_peer_n_requests (scene->peer), ==, 1);
  g_free (secret);
  g_free (path);
}

/* What comes after the head of the answer may be anything. */
#define ENDLESS "{\"/hook\": {\"status\": 202, " \
  "\"steps\": [{\"fill\": 3000000}]}}"
#define CUT "{\"/hook\": {\"status\": 200, \"length\": 9, \"steps\": [\"ok\"]}}"

static void
taken (Scene * scene, gconstpointer script)
{
  OutboxEntry *entry;

  play_one (scene, NULL);
  send_all (scene);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_DELIVERED);
  g_assert_null (header (http_peer_request (scene->peer, 0),
          "x-gst-voice-signature"));
  outbox_entry_free (entry);
}

#define REFUSED "{\"/hook\": {\"status\": 422, " \
  "\"steps\": [\"no such tenant\"]}}"

static void
refused (Scene * scene, gconstpointer script)
{
  OutboxEntry *entry;

  play_one (scene, NULL);
  send_all (scene);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_DEAD);
  g_assert_cmpuint (entry->status, ==, 422);
  g_assert_cmpuint (entry->attempts, ==, 1);
  g_assert_cmpstr (entry->last_error, !=, "");
  outbox_entry_free (entry);
}

#define BUSY "{\"/hook\": {\"status\": 503, \"headers\": " \
  "{\"Retry-After\": \"1800\"}, \"steps\": [\"later\"]}}"
#define MOVED "{\"/hook\": {\"status\": 307, \"headers\": " \
  "{\"Location\": \"/other\"}, \"steps\": [\"there\"]}, " \
  "\"/other\": {\"status\": 200, \"steps\": [\"ok\"]}}"
#define RESET "{\"/hook\": {\"status\": 0, \"steps\": [{\"reset\": true}]}}"

static void
to_be_tried_again (Scene * scene, gconstpointer script)
{
  OutboxEntry *entry;

  play_one (scene, NULL);
  send_all (scene);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_WAITING);
  g_assert_cmpuint (entry->attempts, >=, 1);
  g_assert_cmpstr (entry->last_error, !=, "");
  if (g_strcmp0 (script, BUSY) == 0) {
    g_assert_cmpuint (http_peer_n_requests (scene->peer), ==, 1);
    g_assert_cmpint (strcmp (entry->next_at, entry->since), >, 0);
  }
  outbox_entry_free (entry);
}

/* It may be there tomorrow; nothing goes out without a signature. */
static void
no_secret (Scene * scene, gconstpointer script)
{
  OutboxEntry *entry;

  play_one (scene, "env:GST_VOICE_TEST_NO_SUCH_SECRET");
  send_all (scene);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_WAITING);
  g_assert_nonnull (strstr (entry->last_error,
          "GST_VOICE_TEST_NO_SUCH_SECRET"));
  g_assert_cmpuint (http_peer_n_requests (scene->peer), ==, 0);
  outbox_entry_free (entry);
}

#define HUNG "{\"/hook\": {\"status\": 0, \"steps\": [{\"hang\": true}]}}"

/* Who ends does not wait for who does not answer. */
static void
an_end (Scene * scene, gconstpointer script)
{
  OutboxSender *sender;
  OutboxEntry *entry;

  play_one (scene, NULL);
  sender = outbox_sender_new (scene->db, NULL, NULL);
  http_peer_request (scene->peer, 0);
  outbox_sender_free (sender, 0);
  entry = the_entry (scene);
  g_assert_cmpstr (entry->state, ==, OUTBOX_WAITING);
  g_assert_cmpuint (entry->attempts, ==, 0);
  outbox_entry_free (entry);
}

/* The process that is killed: plays calls one after the other for ever. */
static int
child (char **argv)
{
  const gchar *db = argv[2], *dir = argv[3], *url = argv[4], *name = argv[5];
  Store *store = store_open (db, STORE_WRITE | STORE_CREATE, NULL);
  OutboxSender *sender;
  SpoolReport report;

  g_assert_true (store_deliver_pending (store, dir, &report, NULL));
  store_close (store);
  sender = outbox_sender_new (db, NULL, NULL);
  g_print ("ready\n");
  for (guint i = 0; TRUE; i++) {
    gchar *id = g_strdup_printf ("%s-%u", name, i);

    play (db, dir, id, url, NULL);
    outbox_sender_wake (sender);
    g_free (id);
  }
  return 0;
}

static void
kill_one (Scene * scene, guint number)
{
  gchar *name = g_strdup_printf ("call-%u", number);
  GError *error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE,
      &error, program, "--child", scene->db, scene->spool, scene->url, name,
      NULL);
  gchar first;

  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (process),
          &first, 1, NULL, &error), ==, 1);
  g_usleep (g_test_rand_int_range (0, MAX_MOMENT_US));
  g_subprocess_send_signal (process, SIGKILL);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
  g_free (name);
}

static void
deliver_the_rest (Scene * scene)
{
  Store *store = store_open (scene->db, STORE_WRITE, NULL);
  gint64 until = g_get_monotonic_time () + PATIENCE;
  SpoolReport report;

  g_assert_true (store_deliver_pending (store, scene->spool, &report, NULL));
  g_assert_cmpuint (report.running + report.failed, ==, 0);
  g_assert_false (spool_has_journals (scene->spool));
  while (outbox_next (store, NULL) >= 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    send_all (scene);
    g_usleep (G_USEC_PER_SEC / 10);
  }
  store_close (store);
}

/* Keys that have arrived, each with its document. */
static GHashTable *
stored_once (Scene * scene)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);

  for (guint i = 0; i < http_peer_n_requests (scene->peer); i++) {
    const HttpPeerRequest *request = http_peer_request (scene->peer, i);
    const gchar *key = header (request, "idempotency-key");
    gchar *body = body_of (request);
    const gchar *other = g_hash_table_lookup (keys, key);

    g_assert_true (!other || strcmp (other, body) == 0);
    g_hash_table_replace (keys, g_strdup (key), body);
  }
  return keys;
}

/* Some are refused for now, or nobody hears what was answered. */
#define MOODY "{\"/hook\": [" \
  "{\"status\": 200, \"steps\": [\"ok\"]}, " \
  "{\"status\": 503, \"steps\": [\"later\"]}, " \
  "{\"status\": 0, \"steps\": [{\"close\": true}]}, " \
  "{\"status\": 200, \"steps\": [\"ok\"]}, " \
  "{\"status\": 429, \"steps\": [\"later\"]}, " \
  "{\"status\": 200, \"steps\": [\"ok\"]}]}"

static void
killed (Scene * scene, gconstpointer script)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  StoreFilter filter = { 0 };
  GPtrArray *entries;
  GHashTable *keys;
  Store *store;
  guint kills = 0, calls;

  while (kills < KILLS && g_get_monotonic_time () < until)
    kill_one (scene, kills++);
  deliver_the_rest (scene);
  store = store_open (scene->db, STORE_READ, NULL);
  g_ptr_array_unref (store_list (store, &filter, &calls, NULL));
  entries = outbox_list (store, OUTBOX_DELIVERED, NULL);
  keys = stored_once (scene);
  g_test_message ("%u kills, %u calls, %u requests", kills, calls,
      http_peer_n_requests (scene->peer));
  g_assert_cmpuint (kills, >=, 20);
  g_assert_cmpuint (calls, >, 0);
  g_assert_cmpuint (entries->len, ==, calls);
  g_assert_cmpuint (g_hash_table_size (keys), ==, calls);
  for (guint i = 0; i < entries->len; i++) {
    const OutboxEntry *entry = g_ptr_array_index (entries, i);

    g_assert_true (g_hash_table_contains (keys, entry->id));
  }
  g_hash_table_unref (keys);
  g_ptr_array_unref (entries);
  store_close (store);
}

#define add(name, script, test) g_test_add ("/outbox-sender/" name, Scene, \
    script, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--child") == 0)
    return child (argv);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  add ("delivered", TAKEN, delivered);
  add ("long-answer", ENDLESS, taken);
  add ("cut-answer", CUT, taken);
  add ("refused", REFUSED, refused);
  add ("busy", BUSY, to_be_tried_again);
  add ("moved", MOVED, to_be_tried_again);
  add ("reset", RESET, to_be_tried_again);
  add ("no-secret", TAKEN, no_secret);
  add ("end", HUNG, an_end);
  add ("killed", MOODY, killed);
  return g_test_run ();
}
