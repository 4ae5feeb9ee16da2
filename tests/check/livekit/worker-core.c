/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The worker in virtual time: what happens, and what it does then.
 */
#include <livekit_agent.pb-c.h>
#include <proto.h>
#include <string.h>
#include <worker-core.h>

typedef struct
{
  WorkerCore *core;
  gint64 now;
  guint socket;
  /* Of the random test. */
  gboolean open, opening, stopped;
  GHashTable *running, *offered, *accepted;
} Scene;

static void
set_up (Scene * s, guint max_jobs)
{
  WorkerConfig config = {.agent_name = "a",.version = "0",.load_limit = 0.7,
    .job_load = 0.1,.max_jobs = max_jobs,.max_attempts = 4
  };

  memset (s, 0, sizeof *s);
  s->core = worker_core_new (&config);
}

static void
tear_down (Scene * s)
{
  worker_core_free (s->core);
}

static void
tell_message (GBytes * bytes, GString * out)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  Livekit__WorkerMessage *m =
      livekit_proto_decode (&livekit__worker_message__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, NULL);

  switch (m->message_case) {
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_REGISTER:
      g_string_append (out, "register");
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY:
      g_string_append_printf (out, "%s(%s%s)", m->availability->available ?
          "accept" : "reject", m->availability->job_id,
          m->availability->terminate ? "!" : "");
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_WORKER:
      /* 0.99 is not 1. */
      g_string_append_printf (out, "%s(%.*f,%u)", m->update_worker->status ?
          "full" : "free", m->update_worker->load > 0.95
          && m->update_worker->load < 1 ? 2 : 1, m->update_worker->load,
          m->update_worker->job_count);
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_JOB:
      g_string_append_printf (out, "job(%s,%u)", m->update_job->job_id,
          m->update_job->status);
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_PING:
      g_string_append (out, "ping");
      break;
    default:
      g_string_append_printf (out, "migrate(%zu)", m->migrate_job->n_job_ids);
      break;
  }
  livekit_proto_free (m);
}

static void
tell (const WorkerAction * action, GString * out)
{
  static const gchar *const names[] = { "open", "close", "", "REGISTERED",
    "LOST", "OFFER", "WITHDRAW", "RUN", "STOP", "STOPPED"
  };

  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, names[action->type]);
  if (action->bytes)
    tell_message (action->bytes, out);
  if (action->job || action->id)
    g_string_append_printf (out, "(%s)", action->job ? action->job->id :
        action->id);
  if (action->error)
    g_string_append_printf (out, "(%s)",
        gst_voice_error_name (action->error->code));
}

static void
expect (Scene * s, const gchar * expected)
{
  GString *out = g_string_new (NULL);
  WorkerAction *action;

  while ((action = worker_core_pop (s->core))) {
    if (action->type == WORKER_ACTION_OPEN)
      s->socket = action->serial;
    tell (action, out);
    worker_action_free (action);
  }
  g_assert_cmpstr (out->str, ==, expected);
  g_string_free (out, TRUE);
}

static void
handle (Scene * s, WorkerEvent event, const gchar * expected)
{
  event.serial = s->socket;
  worker_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static LivekitWorkerMessage *
message (LivekitWorkerMessageType type, const gchar * id)
{
  LivekitWorkerMessage *m = g_new0 (LivekitWorkerMessage, 1);
  LivekitRoom room = {.sid = (gchar *) "",.name = (gchar *) "room",
    .metadata = (gchar *) ""
  };

  m->type = type;
  m->id = g_strdup (id);
  m->server_version = g_strdup ("");
  m->url = g_strdup ("");
  m->token = g_strdup ("t");
  m->job = g_new0 (LivekitJob, 1);
  m->job->id = g_strdup (id);
  m->job->dispatch = g_strdup ("");
  m->job->metadata = g_strdup ("");
  m->job->agent_name = g_strdup ("");
  m->job->room = livekit_room_copy (&room);
  m->job->attributes = livekit_attributes_new ();
  return m;
}

static void
receive (Scene * s, LivekitWorkerMessageType type, const gchar * id,
    const gchar * expected)
{
  handle (s, (WorkerEvent) {
      .type = WORKER_EVENT_MESSAGE,.message = message (type, id)}, expected);
}

static void
simple (Scene * s, WorkerEventType type, const gchar * expected)
{
  handle (s, (WorkerEvent) {
      .type = type}, expected);
}

static void
answer (Scene * s, WorkerEventType type, const gchar * job,
    const gchar * expected)
{
  static const LivekitAcceptance acceptance = { 0 };

  handle (s, (WorkerEvent) {
      .type = type,.job = job,.acceptance = &acceptance}, expected);
}

static void
at (Scene * s, gint64 ms, const gchar * expected)
{
  g_assert_cmpint (worker_core_get_deadline (s->core), ==, ms);
  worker_core_tick (s->core, ms - 1);
  expect (s, "");
  s->now = ms;
  worker_core_tick (s->core, ms);
  expect (s, expected);
}

static void
connect (Scene * s)
{
  simple (s, WORKER_EVENT_START, "open");
  simple (s, WORKER_EVENT_OPENED, "register");
  receive (s, LIVEKIT_WORKER_REGISTERED, "AW_1",
      "REGISTERED(AW_1) free(0.0,0)");
}

static void
run_job (Scene * s, const gchar * id)
{
  gchar *offer = g_strdup_printf ("OFFER(%s)", id);
  gchar *accept = g_strdup_printf ("accept(%s)", id);
  gchar *run = g_strdup_printf ("RUN(%s)", id);

  receive (s, LIVEKIT_WORKER_OFFER, id, offer);
  answer (s, WORKER_EVENT_ACCEPT, id, accept);
  receive (s, LIVEKIT_WORKER_ASSIGNMENT, id, run);
  g_free (run);
  g_free (accept);
  g_free (offer);
}

static void
a_job (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  run_job (&s, "J1");
  g_assert_cmpuint (worker_core_get_jobs (s.core), ==, 1);
  receive (&s, LIVEKIT_WORKER_ASSIGNMENT, "J1", "");
  answer (&s, WORKER_EVENT_STARTED, "J1", "job(J1,1)");
  answer (&s, WORKER_EVENT_STARTED, "J7", "");
  at (&s, 2500, "free(0.0,1)");
  answer (&s, WORKER_EVENT_DONE, "J1", "job(J1,2)");
  answer (&s, WORKER_EVENT_DONE, "J1", "");
  run_job (&s, "J2");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_DONE,.job = "J2",.failure = "why"}, "job(J2,3)");
  tear_down (&s);
}

static void
rejected (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "OFFER(J1)");
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_REJECT,.job = "J1",.terminate =
        TRUE}, "reject(J1!)");
  answer (&s, WORKER_EVENT_ACCEPT, "J1", "");
  receive (&s, LIVEKIT_WORKER_OFFER, "", "");
  tear_down (&s);
}

static void
too_late (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "OFFER(J1)");
  at (&s, 2000, "reject(J1) WITHDRAW(J1)");
  answer (&s, WORKER_EVENT_ACCEPT, "J1", "");
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "OFFER(J2)");
  answer (&s, WORKER_EVENT_ACCEPT, "J2", "accept(J2)");
  at (&s, 2500, "free(0.1,0)");
  at (&s, 5000, "free(0.1,0)");
  at (&s, 7500, "free(0.1,0)");
  at (&s, 9500, "WITHDRAW(J2)");
  receive (&s, LIVEKIT_WORKER_ASSIGNMENT, "J2", "job(J2,3)");
  tear_down (&s);
}

static void
terminated (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  run_job (&s, "J1");
  receive (&s, LIVEKIT_WORKER_TERMINATION, "J1", "STOP(J1)");
  receive (&s, LIVEKIT_WORKER_TERMINATION, "J1", "");
  answer (&s, WORKER_EVENT_DONE, "J1", "");
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "OFFER(J2)");
  receive (&s, LIVEKIT_WORKER_TERMINATION, "J2", "WITHDRAW(J2)");
  receive (&s, LIVEKIT_WORKER_TERMINATION, "J9", "");
  tear_down (&s);
}

static void
load (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_LOAD,.load = 0.56}, "");
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "OFFER(J1)");
  /* The second one would be too many. */
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "OFFER(J2) full(0.8,0)");
  receive (&s, LIVEKIT_WORKER_OFFER, "J3", "reject(J3)");
  answer (&s, WORKER_EVENT_REJECT, "J1", "reject(J1) free(0.7,0)");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_LOAD,.load = 5}, "full(1.0,0)");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_LOAD,.load = 0.0 / 0.0}, "free(0.1,0)");
  tear_down (&s);

  set_up (&s, 1);
  connect (&s);
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "OFFER(J1) full(0.1,0)");
  answer (&s, WORKER_EVENT_REJECT, "J1", "reject(J1) free(0.0,0)");
  tear_down (&s);
}

static void
drain (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  run_job (&s, "J1");
  simple (&s, WORKER_EVENT_DRAIN, "full(0.0,1)");
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "reject(J2)");
  answer (&s, WORKER_EVENT_DONE, "J1", "job(J1,2) close STOPPED");
  g_assert_cmpint (worker_core_get_state (s.core), ==, WORKER_STOPPED);
  g_assert_cmpint (worker_core_get_deadline (s.core), ==, G_MAXINT64);
  simple (&s, WORKER_EVENT_START, "");
  tear_down (&s);
  set_up (&s, 0);
  simple (&s, WORKER_EVENT_DRAIN, "STOPPED");
  tear_down (&s);
}

/* The calls go on. */
static void
connection_lost (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  run_job (&s, "J1");
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "OFFER(J2)");
  s.now = 1000;
  simple (&s, WORKER_EVENT_CLOSED, "LOST WITHDRAW(J2)");
  at (&s, 3000, "open");
  simple (&s, WORKER_EVENT_OPENED, "register");
  receive (&s, LIVEKIT_WORKER_REGISTERED, "AW_2",
      "REGISTERED(AW_2) migrate(1) free(0.0,1)");
  answer (&s, WORKER_EVENT_DONE, "J1", "");
  g_assert_cmpuint (worker_core_get_jobs (s.core), ==, 0);
  tear_down (&s);
}

/* Whoever says 1 is asked by no server. */
static void
no_limit (void)
{
  WorkerConfig config = {.version = "0",.load_limit = 1,.max_jobs = 1 };
  Scene s = { 0 };

  s.core = worker_core_new (&config);
  simple (&s, WORKER_EVENT_START, "open");
  simple (&s, WORKER_EVENT_OPENED, "register");
  receive (&s, LIVEKIT_WORKER_REGISTERED, "AW_1",
      "REGISTERED(AW_1) free(0.0,0)");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_LOAD,.load = 1}, "");
  s.now = 2500;
  worker_core_tick (s.core, s.now);
  expect (&s, "free(0.99,0)");
  receive (&s, LIVEKIT_WORKER_OFFER, "J1", "OFFER(J1) full(1.0,0)");
  receive (&s, LIVEKIT_WORKER_OFFER, "J2", "reject(J2)");
  g_assert_cmpuint (worker_core_get_rejected (s.core), ==, 1);
  tear_down (&s);
}

static void
not_connected (void)
{
  Scene s;

  set_up (&s, 0);
  simple (&s, WORKER_EVENT_START, "open");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_REFUSED,.code = GST_VOICE_ERROR_SERVER,.text =
        "no"}, "");
  at (&s, 2000, "open");
  at (&s, 12000, "close");
  at (&s, 16000, "open");
  simple (&s, WORKER_EVENT_OPENED, "register");
  at (&s, 26000, "close");
  at (&s, 32000, "open");
  simple (&s, WORKER_EVENT_CLOSED, "STOPPED(disconnected)");
  tear_down (&s);
  set_up (&s, 0);
  simple (&s, WORKER_EVENT_START, "open");
  handle (&s, (WorkerEvent) {
      .type = WORKER_EVENT_REFUSED,.code = GST_VOICE_ERROR_AUTH,.text =
        "no"}, "STOPPED(auth)");
  tear_down (&s);
}

static void
dead_connection (void)
{
  Scene s;

  set_up (&s, 0);
  connect (&s);
  for (guint i = 1; i < 12; i++) {
    s.now = i * 2500;
    worker_core_tick (s.core, s.now);
    expect (&s, i % 4 == 0 ? "free(0.0,0) ping" : "free(0.0,0)");
  }
  at (&s, 30000, "close LOST");
  tear_down (&s);
}

static const gchar *const ids[] = { "J1", "J2", "J3", "J4" };

static void
check (Scene * s, const WorkerAction * action)
{
  g_assert_false (s->stopped);
  switch (action->type) {
    case WORKER_ACTION_OPEN:
      g_assert_true (!s->open && !s->opening);
      s->opening = TRUE;
      s->socket = action->serial;
      break;
    case WORKER_ACTION_CLOSE:
      g_assert_true (s->open || s->opening);
      s->open = s->opening = FALSE;
      break;
    case WORKER_ACTION_SEND:
      g_assert_true (s->open);
      break;
    case WORKER_ACTION_OFFER:
      g_assert_true (g_hash_table_add (s->offered, g_strdup (action->job->id)));
      break;
    case WORKER_ACTION_WITHDRAW:
      g_assert_true (g_hash_table_remove (s->offered, action->id));
      g_hash_table_remove (s->accepted, action->id);
      break;
    case WORKER_ACTION_RUN:
      g_assert_true (g_hash_table_remove (s->offered, action->job->id));
      g_assert_true (g_hash_table_remove (s->accepted, action->job->id));
      g_assert_true (g_hash_table_add (s->running, g_strdup (action->job->id)));
      break;
    case WORKER_ACTION_STOP:
      g_assert_true (g_hash_table_contains (s->running, action->id));
      break;
    case WORKER_ACTION_STOPPED:
      g_assert_true (!s->open && !s->opening);
      g_assert_cmpuint (g_hash_table_size (s->offered), ==, 0);
      s->stopped = TRUE;
      break;
    default:
      break;
  }
}

static void
random_event (Scene * s, GRand * rand)
{
  static const LivekitAcceptance acceptance = { 0 };
  WorkerEvent event = {.type = g_rand_int_range (rand, 0,
        WORKER_EVENT_MESSAGE + 6),.serial = s->socket,.text = "no",
    .code = GST_VOICE_ERROR_SERVER,.acceptance = &acceptance,
    .job = ids[g_rand_int_range (rand, 0, 4)],.load = g_rand_double (rand)
  };

  event.type = MIN (event.type, WORKER_EVENT_MESSAGE);
  if (event.type == WORKER_EVENT_DRAIN && g_rand_int_range (rand, 0, 8))
    return;
  if (event.type == WORKER_EVENT_OPENED) {
    if (!s->opening)
      return;
    s->open = TRUE;
    s->opening = FALSE;
  } else if (event.type == WORKER_EVENT_REFUSED
      || event.type == WORKER_EVENT_CLOSED) {
    if (g_rand_int_range (rand, 0, 4))
      return;
    s->open = s->opening = FALSE;
  } else if (event.type == WORKER_EVENT_MESSAGE) {
    event.message = message (g_rand_int_range (rand, 0,
            LIVEKIT_WORKER_PONG + 1), event.job);
  } else if (event.type == WORKER_EVENT_DONE) {
    if (!g_hash_table_remove (s->running, event.job))
      return;
  } else if (event.type == WORKER_EVENT_ACCEPT) {
    if (g_hash_table_contains (s->offered, event.job))
      g_hash_table_add (s->accepted, g_strdup (event.job));
  } else if (event.type == WORKER_EVENT_REJECT
      && !g_hash_table_contains (s->accepted, event.job)) {
    g_hash_table_remove (s->offered, event.job);
  }
  worker_core_handle (s->core, &event, s->now);
}

static void
play_random (GRand * rand)
{
  Scene s;

  set_up (&s, 0);
  s.running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  s.offered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  s.accepted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < 300; i++) {
    WorkerAction *action;

    if (g_rand_int_range (rand, 0, 4) == 0) {
      s.now += g_rand_int_range (rand, 0, 4000);
      worker_core_tick (s.core, s.now);
      /* A deadline that stays in the past would spin. */
      g_assert_cmpint (worker_core_get_deadline (s.core), >, s.now);
    } else {
      random_event (&s, rand);
    }
    while ((action = worker_core_pop (s.core))) {
      check (&s, action);
      worker_action_free (action);
    }
    g_assert_cmpuint (worker_core_get_jobs (s.core), ==,
        g_hash_table_size (s.running));
  }
  g_hash_table_unref (s.running);
  g_hash_table_unref (s.offered);
  g_hash_table_unref (s.accepted);
  tear_down (&s);
}

/* Every offer ends as a job, a withdrawal or a rejection of ours. */
static void
any_order (void)
{
  GRand *rand = g_rand_new_with_seed (g_test_rand_int ());

  for (guint i = 0; i < 500; i++)
    play_random (rand);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/job", a_job);
  g_test_add_func ("/worker/rejected", rejected);
  g_test_add_func ("/worker/too-late", too_late);
  g_test_add_func ("/worker/terminated", terminated);
  g_test_add_func ("/worker/load", load);
  g_test_add_func ("/worker/no-limit", no_limit);
  g_test_add_func ("/worker/drain", drain);
  g_test_add_func ("/worker/connection-lost", connection_lost);
  g_test_add_func ("/worker/not-connected", not_connected);
  g_test_add_func ("/worker/dead-connection", dead_connection);
  g_test_add_func ("/worker/any-order", any_order);
  return g_test_run ();
}
