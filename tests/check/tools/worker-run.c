/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A whole worker against a server that does as the test says: jobs become
 * calls, calls become records, crashes get new agents, and the end is orderly.
 */
#include "../lib/http-harness.h"
#include "worker-scene.h"

#include <gst-voice/secret.h>
#include <gst/gst.h>
#include <store.h>
#include <string.h>
#include <verbs.h>
#include <worker-link.h>

#define add(path, test) g_test_add (path, WorkerScene, NULL, \
    worker_scene_set_up, test, worker_scene_tear_down)

/* Until somebody has delivered it. */
static Record *
wait_for_record (WorkerScene * scene, const gchar * call_id)
{
  Store *store = store_open (scene->settings.db, STORE_WRITE | STORE_CREATE,
      NULL);
  Record *record = NULL;

  WORKER_SCENE_WAIT ((record = store_get_record (store, call_id, NULL)));
  store_close (store);
  return record;
}

static void
expect_page (WorkerScene * scene, const gchar * path, const gchar * text)
{
  gchar *page = worker_scene_get (scene, path);

  if (!strstr (page, text))
    g_error ("no '%s' in %s", text, page);
  g_free (page);
}

static void
begin (WorkerScene * scene)
{
  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
}

static const ZygoteDoubleOrder *
begin_call (WorkerScene * scene)
{
  begin (scene);
  return worker_scene_call (scene, "AJ_1", NULL);
}

/* As a call process leaves it. */
static void
write_note (const ZygoteDoubleOrder * order, HttpPeer * peer)
{
  gchar *url = http_peer_url (peer, "/hook");
  gchar *text = g_strdup_printf ("{\"webhook\":\"%s\"}", url);
  gchar *path = g_strdup_printf ("%s/%s.delivery", order->journal_dir,
      order->call_id);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_free (path);
  g_free (text);
  g_free (url);
}

/* From registering to the record. */
static void
a_call (WorkerScene * scene, gconstpointer unused)
{
  HttpPeer *peer = http_peer_new ("{\"/hook\": {\"status\": 200, \"steps\": "
      "[\"ok\"]}}", NULL, 0, NULL);
  const ZygoteDoubleOrder *order;
  Record *record;
  gchar *spoken;

  scene->settings.personas = g_strsplit ("clinic.json", ",", -1);
  order = begin_call (scene);
  g_assert_cmpstr (order->url, ==, scene->settings.url);
  g_assert_cmpstr (order->token, ==, "the job's token");
  g_assert_cmpstr (order->room, ==, "room");
  g_assert_cmpstr (order->job_id, ==, "AJ_1");
  g_assert_cmpstr (order->metadata, ==, "{\"who\":\"test\"}");
  g_assert_cmpstr (order->persona, ==, "clinic.json");
  g_assert_cmpstr (order->participant, ==, "caller");

  zygote_double_started (scene->zygote, order->call_id);
  worker_scene_hear (scene, "job(AJ_1,1)");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"playing\",\"persona\":\"clinic.json\"}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"joined\",\"room\":\"room\"}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"metrics\",\"turns\":2,\"latency\":0.9,\"own\":0.02}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"metrics\",\"turns\":2,\"latency\":0.9,\"own\":0.02}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"network\",\"jitter\":0.004,\"loss\":0.25}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"network\",\"round_trip\":0.015,\"sent_loss\":-1}");
  spoken = g_strdup_printf ("{\"type\":\"spoken\",\"wall\":%" G_GINT64_FORMAT
      "}", g_get_real_time () + 1000 * G_USEC_PER_SEC);
  zygote_double_report (scene->zygote, order->call_id, spoken);
  zygote_double_report (scene->zygote, order->call_id, spoken);
  g_free (spoken);
  expect_page (scene, "/metrics",
      "\ngst_voice_network_jitter_seconds_bucket{le=\"0.005\"} 1\n");
  expect_page (scene, "/metrics", "\ngst_voice_network_loss_ratio_sum 0.25\n");
  expect_page (scene, "/metrics",
      "\ngst_voice_network_round_trip_seconds_sum 0.015\n");
  expect_page (scene, "/metrics",
      "\ngst_voice_network_sent_loss_ratio_count 0\n");
  expect_page (scene, "/metrics", "\ngst_voice_greeting_seconds_count 1\n");
  expect_page (scene, "/metrics",
      "\ngst_voice_greeting_seconds_bucket{le=\"10\"} 0\n");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"timing\",\"barge_in\":0.2,\"tool\":\"1\",\"x\":1}");
  expect_page (scene, "/metrics",
      "\ngst_voice_barge_in_seconds_sum{persona=\"clinic\"} 0.2\n");
  expect_page (scene, "/", "200 OK");
  expect_page (scene, "/worker", "\"active_jobs\": 1");
  expect_page (scene, "/metrics", "\ngst_voice_calls_active 1\n");
  expect_page (scene, "/metrics", "\ngst_voice_turns_total 2\n");
  expect_page (scene, "/metrics",
      "\ngst_voice_reply_seconds_bucket{le=\"1\"} 1\n");

  worker_scene_write_journal (scene, order, "journals/clinic.jsonl");
  write_note (order, peer);
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"ended\",\"reason\":\"completed\",\"lines\":9}");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_scene_hear (scene, "job(AJ_1,2)");
  record = wait_for_record (scene, order->call_id);
  g_assert_cmpstr (record->reason, ==, "completed");
  record_free (record);
  /* At once, and not when the worker ends. */
  g_assert_nonnull (g_hash_table_lookup (http_peer_request (peer, 0)->headers,
          "idempotency-key"));
  http_peer_free (peer);
  expect_page (scene, "/metrics",
      "\ngst_voice_calls_ended_total{reason=\"completed\"} 1\n");
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
}

static void
crash (WorkerScene * scene, const gchar * job, const gchar * redispatched)
{
  const ZygoteDoubleOrder *order = worker_scene_call (scene, job,
      redispatched);
  gchar *failed = g_strdup_printf ("job(%s,3,the call's process crashed)",
      job);
  gchar *running = g_strdup_printf ("job(%s,1)", job);

  zygote_double_started (scene->zygote, order->call_id);
  worker_scene_hear (scene, running);
  worker_scene_write_journal (scene, order, "journals/crashed.jsonl");
  zygote_double_ended (scene->zygote, order->call_id, NULL, FALSE);
  worker_scene_hear (scene, failed);
  g_free (running);
  g_free (failed);
}

static void
wait_for_metric (WorkerScene * scene, const gchar * line)
{
  gchar *page = NULL;

  WORKER_SCENE_WAIT ((g_free (page), page = worker_scene_get (scene,
              "/metrics"), strstr (page, line)));
  g_free (page);
}

/* A crash costs one call, loses no record, and the caller gets a new agent;
 * but not for ever. */
static void
crashes (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *other;
  Record *record;

  g_free (scene->peer->participants);
  scene->peer->participants = g_strdup ("{\"participants\":["
      "{\"identity\":\"a\",\"kind\":\"AGENT\",\"state\":\"ACTIVE\"},"
      "{\"identity\":\"c\",\"kind\":\"SIP\",\"state\":\"ACTIVE\"}]}");
  scene->settings.agent_name = g_strdup ("clinic");
  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,clinic)");
  other = worker_scene_call (scene, "AJ_0", NULL);
  crash (scene, "AJ_1", NULL);
  record = wait_for_record (scene, ((ZygoteDoubleOrder *)
          g_ptr_array_index (zygote_double_orders, 1))->call_id);
  g_assert_cmpstr (record->reason, ==, "crashed");
  record_free (record);
  WORKER_SCENE_WAIT (scene->peer->dispatches->len == 1);
  g_assert_cmpstr (g_ptr_array_index (scene->peer->dispatches, 0), ==,
      "{\"room\":\"room\",\"agent_name\":\"clinic\","
      "\"metadata\":\"{\\\"who\\\":\\\"test\\\"}\","
      "\"attributes\":{\"gst-voice.redispatch\":\"1\"}}");
  crash (scene, "AJ_2", "1");
  WORKER_SCENE_WAIT (scene->peer->dispatches->len == 2);
  g_assert_nonnull (strstr (g_ptr_array_index (scene->peer->dispatches, 1),
          "\"gst-voice.redispatch\":\"2\""));
  wait_for_metric (scene, "\ngst_voice_redispatches_total 2\n");
  crash (scene, "AJ_3", "2");
  wait_for_metric (scene, "\ngst_voice_calls_crashed_total 3\n");
  expect_page (scene, "/metrics", "\ngst_voice_calls_active 1\n");
  g_assert_cmpuint (scene->peer->dispatches->len, ==, 2);
  zygote_double_ended (scene->zygote, other->call_id, NULL, TRUE);
  worker_scene_hear (scene, "job(AJ_0,2)");
}

/* Who has hung up meanwhile needs no agent; and another worker's count
 * counts. */
static void
nobody_left (WorkerScene * scene, gconstpointer unused)
{
  begin (scene);
  crash (scene, "AJ_1", NULL);
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
  g_assert_cmpuint (scene->peer->dispatches->len, ==, 0);
}

static void
counted_elsewhere (WorkerScene * scene, gconstpointer unused)
{
  g_free (scene->peer->participants);
  scene->peer->participants = g_strdup ("{\"participants\":[{}]}");
  begin (scene);
  crash (scene, "AJ_1", "2");
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
  g_assert_cmpuint (scene->peer->dispatches->len, ==, 0);
}

static void
cannot_begin (WorkerScene * scene, gconstpointer unused)
{
  begin (scene);
  livekit_peer_offer (scene->peer, 0, "AJ_1", "room", NULL);
  worker_scene_hear (scene, "accept(AJ_1)");
  zygote_double_fails = TRUE;
  livekit_peer_assign (scene->peer, 0, "AJ_1", "room", NULL);
  worker_scene_hear (scene, "job(AJ_1,3,the call cannot begin)");
}

/* What fails in order would fail for another agent, too. */
static void
fails (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"fault\",\"text\":\"no element\",\"fatal\":true}");
  zygote_double_left (scene->zygote, order->call_id, 1 << 8);
  worker_scene_hear (scene, "job(AJ_1,3,the call failed)");
  expect_page (scene, "/metrics", "\ngst_voice_calls_crashed_total 0\n");
  expect_page (scene, "/metrics",
      "\ngst_voice_calls_ended_total{reason=\"error\"} 1\n");
}

/* No new jobs, and those that run are waited for. */
static void
drains (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  worker_end (scene->worker);
  livekit_peer_offer (scene->peer, 0, "AJ_2", "room", NULL);
  worker_scene_hear (scene, "reject(AJ_2)");
  expect_page (scene, "/metrics", "\ngst_voice_jobs_rejected_total 1\n");
  expect_page (scene, "/metrics", "\ngst_voice_jobs_rejected_total 1\n");
  expect_page (scene, "/", "200 OK");
  expect_page (scene, "/metrics", "\ngst_voice_worker_draining 1\n");
  g_assert_cmpint (scene->status, ==, -1);
  g_assert_cmpstr (zygote_double_told->str, ==, "");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"ended\",\"reason\":\"completed\"}");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_scene_wait_stopped (scene, EXIT_OK);
}

/* Somebody is in a hurry. */
static void
drains_twice (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  worker_end (scene->worker);
  worker_end (scene->worker);
  g_assert_cmpstr (zygote_double_told->str, ==, "end()");
  zygote_double_ended (scene->zygote, order->call_id, "late", FALSE);
  worker_scene_wait_stopped (scene, EXIT_OK);
  g_assert_cmpuint (scene->peer->dispatches->len, ==, 0);
}

/* A tool that writes is waited for, for a time that has an end. */
static void
waits_for_a_tool (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  worker_end (scene->worker);
  worker_end (scene->worker);
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"waiting\",\"seconds\":25}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"waiting\",\"seconds\":1e9}");
  g_assert_cmpstr (zygote_double_told->str, ==, "end() extend(35) extend(40)");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_scene_wait_stopped (scene, EXIT_OK);
}

static void
drains_too_long (WorkerScene * scene, gconstpointer unused)
{
  scene->settings.drain_timeout = 0;
  begin_call (scene);
  worker_end (scene->worker);
  WORKER_SCENE_WAIT (strcmp (zygote_double_told->str, "end()") == 0);
  worker_end (scene->worker);
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_FAILED);
}

static void
terminated (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  livekit_peer_terminate (scene->peer, 0, "AJ_1");
  WORKER_SCENE_WAIT (strcmp (zygote_double_told->str, "end()") == 0);
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
}

/* The connection goes and comes; the call does not notice. */
static void
reconnects (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order = begin_call (scene);

  livekit_peer_drop (scene->peer);
  wait_for_metric (scene, "\ngst_voice_reconnects_total 1\n");
  expect_page (scene, "/", "200 OK");
  expect_page (scene, "/metrics", "\ngst_voice_worker_registered 0\n");
  worker_scene_wait_registered (scene, 2);
  worker_scene_hear (scene, "register(0,) migrate(1)");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_scene_call (scene, "AJ_2", NULL);
  g_assert_cmpstr (zygote_double_told->str, ==, "");
}

/* Both registrations share one limit. */
static void
both_types (WorkerScene * scene, gconstpointer unused)
{
  scene->settings.publisher = TRUE;
  scene->settings.max_calls = 1;
  worker_scene_start (scene);
  worker_scene_wait_registered (scene, 2);
  g_assert_nonnull (strstr (scene->peer->heard->str, "register(0,)"));
  g_assert_nonnull (strstr (scene->peer->heard->str, "register(1,)"));
  g_string_truncate (scene->peer->heard, 0);
  worker_scene_call (scene, "AJ_1", NULL);
  livekit_peer_offer (scene->peer, 1, "AJ_2", "room", NULL);
  worker_scene_hear (scene, "reject(AJ_2)");
  expect_page (scene, "/worker", "\"worker_type\": \"JT_ROOM,JT_PUBLISHER\"");
}

typedef struct
{
  GError *error, *last;
} Refusal;

static void
on_trouble (gpointer data, WorkerLink * link, const GError * error)
{
  Refusal *refusal = data;

  g_clear_error (&refusal->last);
  refusal->last = g_error_copy (error);
}

static void
on_stopped (gpointer data, WorkerLink * link, const GError * error)
{
  ((Refusal *) data)->error = g_error_copy (error);
}

/* A link that is not taken, and what is said of it. */
static void
expect_refusal (WorkerScene * scene, const gchar * url, const gchar * secret,
    const gchar * text)
{
  static const WorkerLinkEvents events = {.trouble = on_trouble,
    .stopped = on_stopped
  };
  WorkerLinkSettings settings = {.url = url,.key = scene->peer->key,
    .secret = secret,.config = {.version = "0",.load_limit = 0.7,
        .max_attempts = 1}
  };
  SoupSession *session = soup_session_new ();
  Refusal refusal = { 0 };
  WorkerLink *link = worker_link_new (session, &settings, &events, &refusal);

  worker_link_start (link);
  WORKER_SCENE_WAIT (refusal.error);
  /* Said once. */
  g_assert_null (refusal.last);
  if (!strstr (refusal.error->message, text))
    g_error ("no '%s' in %s", text, refusal.error->message);
  g_assert_null (strstr (refusal.error->message, secret));
  worker_link_free (link);
  g_object_unref (session);
  g_clear_error (&refusal.error);
  g_clear_error (&refusal.last);
}

static void
refusals (WorkerScene * scene, gconstpointer unused)
{
  gchar *elsewhere = g_strconcat (scene->peer->url, "/elsewhere", NULL);

  worker_scene_start (scene);
  expect_refusal (scene, scene->peer->url, "some other secret",
      "compare LIVEKIT_API_SECRET");
  expect_refusal (scene, elsewhere, scene->peer->secret, "version 1.8");
  expect_refusal (scene, "ws://host.invalid", scene->peer->secret,
      "is not a known host");
  scene->peer->refuse = 401;
  scene->peer->refusal = g_strdup ("invalid API key: devkey");
  expect_refusal (scene, scene->peer->url, scene->peer->secret,
      "compare LIVEKIT_API_KEY");
  scene->peer->refuse = 200;
  expect_refusal (scene, scene->peer->url, scene->peer->secret,
      "there is no LiveKit at this URL");
  livekit_peer_drop (scene->peer);
  soup_server_disconnect (scene->peer->server);
  expect_refusal (scene, scene->peer->url, scene->peer->secret,
      "refused the connection");
  g_free (elsewhere);
}

/* The socket and the APIs behind a certificate that one authority alone makes
 * good. */
static void
by_tls (WorkerScene * scene, gconstpointer unused)
{
  livekit_peer_secure (scene->peer, PEER_PEM);
  g_setenv ("GST_VOICE_CA_FILE", STRANGER_PEM, TRUE);
  expect_refusal (scene, scene->peer->url, scene->peer->secret,
      "no authority we know");
  g_free (scene->settings.url);
  scene->settings.url = g_strdup (scene->peer->url);
  g_free (scene->peer->participants);
  scene->peer->participants = g_strdup ("{\"participants\":["
      "{\"identity\":\"c\",\"kind\":\"SIP\",\"state\":\"ACTIVE\"}]}");
  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  begin (scene);
  crash (scene, "AJ_1", NULL);
  WORKER_SCENE_WAIT (scene->peer->dispatches->len == 1);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

static void
wrong_secret_ends (WorkerScene * scene, gconstpointer unused)
{
  gst_voice_secret_free (scene->settings.secret);
  scene->settings.secret = g_strdup ("some other secret");
  worker_scene_start (scene);
  worker_scene_wait_stopped (scene, EXIT_FAILED);
}

/* A server that is not ready is tried again, and the page says so. */
static void
not_connected (WorkerScene * scene, gconstpointer unused)
{
  scene->peer->refuse = 503;
  scene->peer->refusal = g_strdup ("not yet");
  worker_scene_start (scene);
  expect_page (scene, "/", "503 ");
  expect_page (scene, "/", "failed to connect to livekit");
  scene->peer->refuse = 0;
  worker_scene_hear (scene, "register(0,)");
  expect_page (scene, "/", "200 OK");
}

/* Without a zygote there is no use in jobs. */
static void
zygote_gone (WorkerScene * scene, gconstpointer unused)
{
  GError *error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no");

  begin (scene);
  zygote_double_died (scene->zygote, NULL);
  expect_page (scene, "/", "200 OK");
  zygote_double_died (scene->zygote, error);
  expect_page (scene, "/", "503 ");
  livekit_peer_offer (scene->peer, 0, "AJ_1", "room", NULL);
  worker_scene_hear (scene, "reject(AJ_1)");
  zygote_double_back (scene->zygote);
  expect_page (scene, "/", "200 OK");
  worker_scene_call (scene, "AJ_2", NULL);
  g_error_free (error);
}

/* Turns are traced while the call goes on, the last of them when it is over,
 * and the worker does not end before. */
static void
traces (WorkerScene * scene, gconstpointer unused)
{
  HttpPeer *collector = http_peer_new ("{\"/v1/traces\": {\"steps\": "
      "[\"{}\"]}}", NULL, 0, NULL);
  const ZygoteDoubleOrder *order;
  const HttpPeerRequest *request;

  scene->settings.traces.endpoint = http_peer_url (collector, "");
  g_assert_true (trace_settings_complete (&scene->settings.traces, NULL));
  order = begin_call (scene);
  zygote_double_started (scene->zygote, order->call_id);
  worker_scene_hear (scene, "job(AJ_1,1)");
  worker_scene_write_journal (scene, order, "journals/crashed.jsonl");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"metrics\",\"turns\":1}");
  wait_for_metric (scene, "\ngst_voice_traces_total 1\n");
  request = http_peer_request (collector, 0);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (request->body, NULL),
          g_bytes_get_size (request->body), order->call_id));
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"ended\",\"reason\":\"completed\",\"lines\":9}");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_scene_hear (scene, "job(AJ_1,2)");
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
  g_clear_pointer (&scene->worker, worker_free);
  g_assert_cmpuint (http_peer_n_requests (collector), ==, 2);
  http_peer_free (collector);
}

static void
keeps_nothing (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order;
  gchar *dir;

  g_free (scene->settings.db);
  scene->settings.db = g_strdup ("none");
  order = begin_call (scene);
  dir = g_strdup (order->journal_dir);
  worker_scene_write_journal (scene, order, "journals/clinic.jsonl");
  zygote_double_ended (scene->zygote, order->call_id, NULL, TRUE);
  worker_end (scene->worker);
  worker_scene_wait_stopped (scene, EXIT_OK);
  wait_for_metric (scene, "\ngst_voice_records_total 1\n");
  worker_free (scene->worker);
  scene->worker = NULL;
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  g_free (dir);
}

int
main (int argc, char **argv)
{
  int rc;

  gst_init (NULL, NULL);
  http_test_init (&argc, &argv);
  add ("/worker-run/a-call", a_call);
  add ("/worker-run/traces", traces);
  add ("/worker-run/crashes", crashes);
  add ("/worker-run/nobody-left", nobody_left);
  add ("/worker-run/counted-elsewhere", counted_elsewhere);
  add ("/worker-run/cannot-begin", cannot_begin);
  add ("/worker-run/fails", fails);
  add ("/worker-run/drains", drains);
  add ("/worker-run/drains-twice", drains_twice);
  add ("/worker-run/waits-for-a-tool", waits_for_a_tool);
  add ("/worker-run/drains-too-long", drains_too_long);
  add ("/worker-run/terminated", terminated);
  add ("/worker-run/reconnects", reconnects);
  add ("/worker-run/both-types", both_types);
  add ("/worker-run/refusals", refusals);
  add ("/worker-run/tls", by_tls);
  add ("/worker-run/wrong-secret-ends", wrong_secret_ends);
  add ("/worker-run/not-connected", not_connected);
  add ("/worker-run/zygote-gone", zygote_gone);
  add ("/worker-run/keeps-nothing", keeps_nothing);
  rc = http_test_run ();
  gst_deinit ();
  return rc;
}
