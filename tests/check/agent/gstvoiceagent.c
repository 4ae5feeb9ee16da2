/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bin around a persona, under simulated time: what it is filled with and
 * what it refuses, what an application may do meanwhile, that a call has one
 * end, and that two agents in one pipeline do not know of each other.
 *
 * Threads: the tests' own, while simulated time stands still.
 * Locks: `lock` guards what comes out of the pipeline.
 */
#include "../doc-line.h"
#include "turn/scene-ears.h"
#include "turn/scene-voice.h"

#include <glib/gstdio.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>

#define MS GST_MSECOND

/* The smallest whole agent. It answers what is written to it. */
#define AGENT "inactivity name=caller ! " TALK
#define TALK "sceneears ! turn ! scriptllm name=llm " \
    "reply=\"You said: $${text}\" ! toolcall ! speakable ! scenevoice ! " \
    "playout name=agent"

typedef struct
{
  gchar *dir;
  GstElement *pipeline;
  GstClock *clock;
  GstVoiceAlarm *alarm;

  /* lock */
  GMutex lock;
  GCond cond;
  GString *said;                /* "AGENT TYPE TEXT@MS", one a line */
  GString *last;                /* the types of what ends a call, likewise */
  GstVoiceToken *token;         /* while it is held time stands still */
  guint ended;                  /* messages `voice/ended` */
  gboolean eos;
} Fixture;

/* --- files ------------------------------------------------------------ */

static gchar *
in_dir (Fixture * f, const gchar * name)
{
  return g_build_filename (f->dir, name, NULL);
}

static void
write_file (Fixture * f, const gchar * name, const gchar * text)
{
  gchar *path = in_dir (f, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_free (path);
}

/* A persona "p.json" with the description "p.launch"; @keys in which ' stands
 * for ". */
static void
write_persona (Fixture * f, const gchar * keys, const gchar * description)
{
  gchar *text = g_strdup_printf ("{'name': 'p', 'pipeline': 'p.launch'%s%s}",
      *keys ? ", " : "", keys);

  write_file (f, "p.json", g_strdelimit (text, "'", '"'));
  write_file (f, "p.launch", description);
  g_free (text);
}

static void
set_up (Fixture * f, gconstpointer unused)
{
  f->dir = g_dir_make_tmp ("agent-XXXXXX", NULL);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->said = g_string_new (NULL);
  f->last = g_string_new (NULL);
}

static void
tear_down (Fixture * f, gconstpointer unused)
{
  GDir *dir = g_dir_open (f->dir, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    gchar *path = in_dir (f, name);

    g_unlink (path);
    g_free (path);
  }
  g_dir_close (dir);
  g_rmdir (f->dir);
  g_free (f->dir);
  g_string_free (f->said, TRUE);
  g_string_free (f->last, TRUE);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

/* --- the call --------------------------------------------------------- */

static void
note (Fixture * f, GstMessage * message, const GstStructure * s)
{
  static const gchar *const told[] = { "turn", "heard", "interrupt", "say" };
  const gchar *type = gst_structure_get_name (s) + strlen ("voice/");
  GstObject *agent = gst_object_ref (GST_MESSAGE_SRC (message)), *parent;

  /* The bin that stands in the pipeline. */
  while ((parent = gst_object_get_parent (agent))
      && parent != GST_OBJECT (f->pipeline)) {
    gst_object_unref (agent);
    agent = parent;
  }
  gst_clear_object (&parent);
  g_mutex_lock (&f->lock);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
    if (strcmp (type, told[i]) == 0)
      g_string_append_printf (f->said, "%s %s %s@%u\n",
          GST_OBJECT_NAME (agent), type, gst_structure_has_field (s, "text") ?
          gst_voice_structure_string (s, "text") :
          gst_voice_structure_string (s, "reason"),
          (guint) (gst_voice_structure_time (s, "at") / MS));
  }
  g_string_assign (f->last, type);
  f->ended += strcmp (type, "ended") == 0;
  g_mutex_unlock (&f->lock);
  gst_object_unref (agent);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Fixture *f = data;
  const GstStructure *s = gst_message_get_structure (message);
  GError *error;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT && s
      && g_str_has_prefix (gst_structure_get_name (s), "voice/")) {
    note (f, message, s);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
      && GST_MESSAGE_SRC (message) == GST_OBJECT (f->pipeline)) {
    g_mutex_lock (&f->lock);
    f->eos = TRUE;
    g_cond_signal (&f->cond);
    g_mutex_unlock (&f->lock);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_error ("%s: %s", GST_MESSAGE_SRC_NAME (message), error->message);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* The clock stands still from now on. */
static void
time_has_come (gpointer pipeline)
{
  Fixture *f = g_object_get_data (pipeline, "fixture");

  g_mutex_lock (&f->lock);
  f->token = gst_voice_token_new (f->clock);
  g_cond_signal (&f->cond);
  g_mutex_unlock (&f->lock);
}

/* @launch has voiceagents with persona=P for the persona of the fixture. */
static void
build (Fixture * f, const gchar * launch)
{
  GString *text = g_string_new (launch);
  gchar *persona = in_dir (f, "p.json");
  GError *error = NULL;
  GstBus *bus;

  g_string_replace (text, "persona=P", "persona=\"P\"", 0);
  g_string_replace (text, "\"P\"", persona, 0);
  f->pipeline = gst_parse_launch_full (text->str, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  g_object_set_data (G_OBJECT (f->pipeline), "fixture", f);
  bus = gst_element_get_bus (f->pipeline);
  gst_bus_set_sync_handler (bus, on_message, f, NULL);
  gst_object_unref (bus);
  g_free (persona);
  g_string_free (text, TRUE);
}

static void
start (Fixture * f)
{
  f->clock = gst_voice_clock_new ();
  f->eos = FALSE;
  gst_pipeline_use_clock (GST_PIPELINE (f->pipeline), f->clock);
  f->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE, time_has_come,
      f->pipeline);
  g_assert_cmpint (gst_element_set_state (f->pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  gst_voice_clock_start (GST_VOICE_CLOCK (f->clock));
}

/* Lets time go on until @ms, and stand still then. */
static void
at (Fixture * f, guint ms)
{
  GstVoiceToken *token = g_steal_pointer (&f->token);

  gst_voice_alarm_set_running (f->alarm, f->pipeline, ms * MS);
  gst_voice_token_unref (token);
  g_mutex_lock (&f->lock);
  while (!f->token)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
wait_eos (Fixture * f)
{
  GstVoiceToken *token = g_steal_pointer (&f->token);

  gst_voice_token_unref (token);
  g_mutex_lock (&f->lock);
  while (!f->eos)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
stop (Fixture * f)
{
  gst_voice_token_unref (g_steal_pointer (&f->token));
  gst_element_set_state (f->pipeline, GST_STATE_NULL);
  gst_voice_alarm_free (f->alarm);
  gst_clear_object (&f->clock);
}

static void
destroy (Fixture * f)
{
  GstBus *bus = gst_element_get_bus (f->pipeline);

  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  gst_clear_object (&f->pipeline);
}

static GstElement *
find (Fixture * f, const gchar * name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (f->pipeline), name);

  g_assert_nonnull (element);
  gst_object_unref (element);
  return element;
}

/* What was told since the last look. */
static void
assert_said (Fixture * f, const gchar * expected)
{
  g_mutex_lock (&f->lock);
  g_assert_cmpstr (f->said->str, ==, expected);
  g_string_truncate (f->said, 0);
  g_mutex_unlock (&f->lock);
}

#define SOURCE "callersrc ! "
#define SINK " ! fakesink async=false enable-last-sample=false "

/* --- what it is filled with ------------------------------------------- */

static void
is_filled (Fixture * f, gconstpointer unused)
{
  GstElement *agent, *turn;
  guint min_words;

  write_persona (f, "'turn': {'min-words': 3}, 'values': {'words': 'Hello'}",
      "# An agent.\n" AGENT "\n");
  build (f, SOURCE "voiceagent name=one persona=P" SINK);
  agent = find (f, "one");
  g_assert_cmpuint (GST_BIN_NUMCHILDREN (agent), ==, 0);
  for (guint i = 0; i < 2; i++) {
    gst_element_set_state (agent, GST_STATE_READY);
    g_assert_cmpuint (GST_BIN_NUMCHILDREN (agent), ==, 1);
    turn = find (f, "turn0");
    g_object_get (turn, "min-words", &min_words, NULL);
    g_assert_cmpuint (min_words, ==, 3);
    gst_element_set_state (agent, GST_STATE_NULL);
    g_assert_cmpuint (GST_BIN_NUMCHILDREN (agent), ==, 0);
  }
  destroy (f);
}

static void
persona_as_text (Fixture * f, gconstpointer unused)
{
  GstElement *agent = gst_object_ref_sink (gst_element_factory_make
      ("voiceagent", NULL));

  /* It has no folder; the installed ones are looked for. */
  g_object_set (agent, "persona-text",
      "{\"name\": \"p\", \"pipeline\": \"none.launch\"}", NULL);
  g_assert_cmpint (gst_element_set_state (agent, GST_STATE_READY), ==,
      GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (agent, GST_STATE_NULL);
  gst_object_unref (agent);
}

/* --- what it refuses -------------------------------------------------- */

static const struct
{
  const gchar *keys, *description, *message;
} refusals[] = {
  {"'voise': 'x'", AGENT, "*p.json:1: *\"voise\"*did you mean \"voice\"*"},
  {"'voice': ", AGENT, "*p.json:1:48: expected a value*"},
  {"", "# First.\nidentity name=caller ! vda ! identity name=agent",
      "*p.launch:2: no element \"vda\"*"},
  {"", "identity name=caller !\nturn mod=x ! identity name=agent",
      "*p.launch:2: *mod*"},
  {"", "turn text=${nobody}\n", "*p.launch:1: *"},
  {"", "audiotestsrc ! identity name=agent",
      "the description has no open input for the sound: name an element "
        "'caller', such as `tee name=caller`"},
  {"", "identity name=caller ! fakesink", "the description has no open output "
        "for the sound: name an element 'agent', such as `tee name=agent`"},
  {"", "audiotestsrc ! identity name=caller ! identity name=agent",
      "the description has no open input for the sound: *"},
  {"", "identity name=caller ! identity name=agent ! fakesink",
      "the description has no open output for the sound: *"},
  {"", "identity name=caller ! fakesink name=agent",
      "the description has no open output for the sound: *"},
  {"", "fakesink name=caller  audiotestsrc name=agent", NULL},
  /* The ends are not to be looked for within a fallback. */
  {"", "identity ! fallback.( flitetts flitetts ) ! playout", NULL},
  {"", "identity ! f.sink fallback.( name=f flitetts ) f.src ! playout", NULL},
  {"", "identity ! fallback.( flitetts flitetts )", NULL},
  {"", "identity ! fallback.( flitetts flitetts ) ! fakesink",
      "the description has no open output for the sound: *"},
  {"'turn': {'mode': 'odd'}", AGENT,
      "the persona's turn.mode=odd is not a value for it"},
  {"'turn': {'mood': 'vad'}", AGENT, "the persona's turn.mood is no property "
        "of turn (`gst-inspect-1.0 turn` lists them)"},
};

static gchar *
start_error (GstElement * agent)
{
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error = NULL;
  gchar *text = NULL;

  gst_element_set_bus (agent, bus);
  if (gst_element_set_state (agent, GST_STATE_READY) ==
      GST_STATE_CHANGE_FAILURE) {
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    g_assert_nonnull (message);
    gst_message_parse_error (message, &error, NULL);
    text = g_strdup (error->message);
    g_error_free (error);
    gst_message_unref (message);
    g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR));
  }
  gst_element_set_state (agent, GST_STATE_NULL);
  gst_element_set_bus (agent, NULL);
  gst_object_unref (bus);
  return text;
}

static void
assert_refused (GstElement * agent, const gchar * pattern)
{
  gchar *text = start_error (agent);

  if (!pattern)
    g_assert_cmpstr (text, ==, NULL);
  else if (!text || !g_pattern_match_simple (pattern, text))
    g_assert_cmpstr (text, ==, pattern);
  g_free (text);
}

/* And after all that it takes the right one. */
static void
says_what_is_wrong (Fixture * f, gconstpointer unused)
{
  GstElement *agent = gst_object_ref_sink (gst_element_factory_make
      ("voiceagent", NULL));
  gchar *path = in_dir (f, "p.json");

  assert_refused (agent, "no persona: set the property persona to *");
  g_object_set (agent, "persona", path, NULL);
  assert_refused (agent, "*p.json*");
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    write_persona (f, refusals[i].keys, refusals[i].description);
    assert_refused (agent, refusals[i].message);
  }
  write_persona (f, "", AGENT);
  g_object_set (agent, "record", "/tmp/never.wav", NULL);
  assert_refused (agent, "the call cannot be recorded: the description has no "
      "`callrecorder name=rec`");
  g_object_set (agent, "record", NULL, NULL);
  assert_refused (agent, NULL);
  gst_object_unref (agent);
  g_free (path);
}

/* --- what an application does ----------------------------------------- */

typedef struct
{
  GstElement *agent;
  const gchar *signal, *text;
  gboolean flag;
} Action;

static gpointer
act (gpointer data)
{
  const Action *action = data;

  if (strcmp (action->signal, "say") == 0)
    g_signal_emit_by_name (action->agent, "say", action->text, action->flag);
  else if (strcmp (action->signal, "interrupt") == 0)
    g_signal_emit_by_name (action->agent, "interrupt", action->flag);
  else
    g_signal_emit_by_name (action->agent, action->signal, action->text);
  return NULL;
}

/* From a thread that no element knows, at that time. */
static void
act_at (Fixture * f, guint ms, const gchar * agent, const gchar * signal,
    const gchar * text, gboolean flag)
{
  Action action = { find (f, agent), signal, text, flag };

  at (f, ms);
  g_thread_join (g_thread_new ("application", act, &action));
}

static void
obeys (Fixture * f, gconstpointer unused)
{
  write_persona (f, "'welcome-message': 'Good morning.'", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P" SINK);
  start (f);
  act_at (f, 2000, "one", "text", "one two", FALSE);
  at (f, 5000);
  assert_said (f, "one say Good morning.@0\none heard Good morning.@1020\n"
      "one turn one two@2000\none heard You said: one two@4020\n");
  /* What may be interrupted, is; what may not, only by force. */
  act_at (f, 5000, "one", "say", "a b c d e f g h", TRUE);
  act_at (f, 6000, "one", "interrupt", NULL, FALSE);
  act_at (f, 10000, "one", "say", "a b c d e f g h", FALSE);
  act_at (f, 11000, "one", "interrupt", NULL, FALSE);
  act_at (f, 12000, "one", "interrupt", NULL, TRUE);
  at (f, 20000);
  assert_said (f, "one say a b c d e f g h@5000\n"
      "one interrupt action@6000\none heard a b@6000\n"
      "one say a b c d e f g h@10000\n"
      "one interrupt action@12000\none heard a b c d@12000\n");
  /* The end waits for what is being said. */
  act_at (f, 20000, "one", "say", "Good bye now.", TRUE);
  act_at (f, 20500, "one", "hangup", "application", FALSE);
  wait_eos (f);
  assert_said (f, "one say Good bye now.@20000\n"
      "one heard Good bye now.@21520\n");
  stop (f);
  destroy (f);
}

/* --- how it ends ------------------------------------------------------ */

static gchar *
call_id (Fixture * f, const gchar * agent)
{
  GstVoiceSession *session;
  gchar *id;

  g_object_get (find (f, agent), "session", &session, NULL);
  id = g_strdup (gst_voice_session_call_id (session));
  g_object_unref (session);
  return id;
}

/* One `ended` for each call, and nothing after it; each is another call. */
static void
ends_once (Fixture * f, gconstpointer unused)
{
  gchar *ids[2];

  write_persona (f, "'welcome-message': 'Good morning.'", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P" SINK);
  for (guint i = 0; i < 2; i++) {
    start (f);
    ids[i] = call_id (f, "one");
    act_at (f, 2000, "one", "text", "one two", FALSE);
    if (i == 0) {
      act_at (f, 5000, "one", "hangup", "application", FALSE);
      wait_eos (f);
    } else {
      at (f, 5000);
    }
    stop (f);
    assert_said (f, "one say Good morning.@0\none heard Good morning.@1020\n"
        "one turn one two@2000\none heard You said: one two@4020\n");
    g_assert_cmpuint (f->ended, ==, i + 1);
    g_assert_cmpstr (f->last->str, ==, "ended");
  }
  destroy (f);
  g_assert_cmpstr (ids[0], !=, ids[1]);
  g_free (ids[0]);
  g_free (ids[1]);
}

/* --- two of them ------------------------------------------------------ */

static GstVoiceSession *
give_session (Fixture * f, const gchar * agent)
{
  GstVoiceSession *session = gst_voice_session_new (agent);
  gchar *name = g_strconcat (agent, ".jsonl", NULL), *path = in_dir (f, name);

  g_assert_true (gst_voice_session_open_journal (session, path, NULL));
  g_object_set (find (f, agent), "session", session, NULL);
  g_free (name);
  g_free (path);
  return session;
}

static void
assert_in_journal (Fixture * f, const gchar * name, const gchar * text,
    gboolean there)
{
  gchar *path = in_dir (f, name), *journal;

  g_assert_true (g_file_get_contents (path, &journal, NULL, NULL));
  g_assert_cmpint (strstr (journal, text) != NULL, ==, there);
  g_free (journal);
  g_free (path);
}

static void
assert_journals (Fixture * f)
{
  assert_in_journal (f, "one.jsonl", "one two", TRUE);
  assert_in_journal (f, "one.jsonl", "Hello Ann.", TRUE);
  assert_in_journal (f, "one.jsonl", "Bob", FALSE);
  assert_in_journal (f, "one.jsonl", "\"reason\":\"application\"", TRUE);
  assert_in_journal (f, "two.jsonl", "Hello Bob.", TRUE);
  assert_in_journal (f, "two.jsonl", "one two", FALSE);
  assert_in_journal (f, "two.jsonl", "Ann", FALSE);
  assert_in_journal (f, "two.jsonl", "\"interruptions\":0", TRUE);
  assert_in_journal (f, "two.jsonl", "\"reason\":\"disconnected\"", TRUE);
}

static void
two_agents (Fixture * f, gconstpointer unused)
{
  GstVoiceSession *sessions[2];

  write_persona (f, "'welcome-message': 'Hello {{guest}}.'", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P variables=\"v, guest=Ann\""
      SINK SOURCE "voiceagent name=two persona=P variables=\"v, guest=Bob\""
      SINK);
  sessions[0] = give_session (f, "one");
  sessions[1] = give_session (f, "two");
  start (f);
  at (f, 1500);
  g_mutex_lock (&f->lock);      /* in whatever order */
  g_assert_nonnull (strstr (f->said->str, "one heard Hello Ann.@1020\n"));
  g_assert_nonnull (strstr (f->said->str, "two heard Hello Bob.@1020\n"));
  g_string_truncate (f->said, 0);
  g_mutex_unlock (&f->lock);
  act_at (f, 2000, "one", "text", "one two", FALSE);
  act_at (f, 3000, "one", "interrupt", NULL, FALSE);
  g_assert_cmpuint (gst_voice_session_generation (sessions[1]), ==, 0);
  act_at (f, 5000, "one", "hangup", NULL, FALSE);
  g_assert_cmpuint (gst_voice_session_generation (sessions[0]), ==, 1);
  /* One call has ended; the other goes on. */
  act_at (f, 8000, "two", "say", "Still there.", TRUE);
  at (f, 10000);
  assert_said (f, "one turn one two@2000\none interrupt action@3000\n"
      "one heard You said@3000\ntwo say Still there.@8000\n"
      "two heard Still there.@9020\n");
  stop (f);
  g_assert_cmpuint (f->ended, ==, 2);
  destroy (f);
  g_object_unref (sessions[0]);
  g_object_unref (sessions[1]);
  assert_journals (f);
}

/* --- what a room tells ------------------------------------------------- */

typedef struct
{
  GstPad *pad;
  GstVoiceCarrier carrier;
  GstStructure *s;
  gboolean taken;
} Told;

static gpointer
tell (gpointer data)
{
  Told *told = data;

  told->taken = gst_pad_send_event (told->pad, gst_voice_event_new
      (told->carrier, NULL, told->s));
  return NULL;
}

/* As a source would, in a thread of its own. */
static gboolean
send (Fixture * f, GstVoiceCarrier carrier, GstStructure * s)
{
  Told told = { gst_element_get_static_pad (find (f, "one"), "sink"), carrier,
    s, FALSE
  };

  g_thread_join (g_thread_new ("source", tell, &told));
  gst_object_unref (told.pad);
  return told.taken;
}

static void
introduce (Fixture * f, const gchar * identity, const gchar * attributes)
{
  gchar *json = g_strdelimit (g_strdup (attributes), "'", '"');

  g_assert_true (send (f, GST_VOICE_ORDERED, gst_voice_structure_new
          ("participant", "identity", identity, "name", "Ann", "kind", "sip",
              "attributes", json, "change", "joined", NULL)));
  g_free (json);
}

static void
assert_variable (GstVoiceSession * session, const gchar * name,
    const gchar * expected)
{
  gchar *value = gst_voice_session_get_variable (session, name);

  if (g_strcmp0 (value, expected) != 0)
    g_error ("%s is %s, not %s", name, value, expected);
  g_free (value);
}

/* What the other side says of itself becomes variables, but nothing that
 * others have set is changed by it. */
static void
knows_the_other_side (Fixture * f, gconstpointer unused)
{
  GString *many = g_string_new ("{'long': '");
  GstVoiceSession *session;

  write_persona (f, "'variables': {'city': 'Bonn'}", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P variables=\"v, guest=Bob\""
      SINK);
  session = give_session (f, "one");
  start (f);
  at (f, 1000);
  introduce (f, "sip_1", "{'sip.phoneNumber': '+1', 'guest': 'Eve', 'city': "
      "'X', 'caller': '5', '9 lives': 'y', 'bad': 1, '': 'z'}");
  assert_variable (session, "participant_identity", "sip_1");
  assert_variable (session, "participant_name", "Ann");
  assert_variable (session, "participant_kind", "sip");
  assert_variable (session, "sip_phoneNumber", "+1");
  assert_variable (session, "_9_lives", "y");
  assert_variable (session, "guest", "Bob");
  assert_variable (session, "city", "Bonn");
  assert_variable (session, "caller", NULL);
  assert_variable (session, "bad", NULL);
  introduce (f, "sip_2", "{'sip.phoneNumber': '+2'}");
  assert_variable (session, "participant_identity", "sip_2");
  assert_variable (session, "sip_phoneNumber", "+2");
  gst_voice_session_set_variable (session, NULL, "sip_phoneNumber", "mine");
  introduce (f, "sip_2", "{'sip.phoneNumber': '+3'}");
  assert_variable (session, "sip_phoneNumber", "mine");
  introduce (f, "sip_3", "no JSON");
  introduce (f, "sip_3", "[]");
  assert_variable (session, "participant_identity", "sip_3");

  for (guint i = 0; i < 5000; i++)
    g_string_append_c (many, 'x');
  g_string_append (many, "'");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (many, ", 'v%u': 'y'", i);
  g_string_append (many, "}");
  introduce (f, "sip_4", many->str);
  assert_variable (session, "long", NULL);
  assert_variable (session, "v0", "y");
  assert_variable (session, "v58", "y");        /* the 64th */
  assert_variable (session, "v59", NULL);
  stop (f);
  destroy (f);
  assert_in_journal (f, "one.jsonl", "\"type\":\"participant\"", TRUE);
  assert_in_journal (f, "one.jsonl", "\"sip.phoneNumber\":\"+2\"", TRUE);
  g_string_free (many, TRUE);
  g_object_unref (session);
}

typedef enum
{
  NOBODY_TELLS,
  IS_TO_BE_TOLD,
  HAS_BEEN_TOLD,
} Telling;

static GstPadProbeReturn
answer_participant (GstPad * pad, GstPadProbeInfo * info, gpointer telling)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (!gst_voice_query_is (query, "participant"))
    return GST_PAD_PROBE_OK;
  gst_structure_set (gst_query_writable_structure (query), "known",
      G_TYPE_BOOLEAN, GPOINTER_TO_UINT (telling) == HAS_BEEN_TOLD, NULL);
  return GST_PAD_PROBE_HANDLED;
}

/* A source that answers as one of a room does, or not at all. */
static void
set_telling (Fixture * f, Telling telling)
{
  GstPad *pad = gst_element_get_static_pad (find (f, "source"), "src");

  if (telling != NOBODY_TELLS)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
        answer_participant, GUINT_TO_POINTER (telling), NULL);
  gst_object_unref (pad);
}

static void
assert_text (Fixture * f, const gchar * element, const gchar * property,
    const gchar * expected)
{
  gchar *text;

  g_object_get (find (f, element), property, &text, NULL);
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

/* What the persona says of the other side waits for who that is. What it then
 * does not know is left out, and the application's own word stays. */
static void
greets_by_name (Fixture * f, gconstpointer unused)
{
  write_persona (f, "'welcome-message': 'Hello {{participant_name}}{{sip_x}}.',"
      "'system-prompt': 'The caller is {{sip_phoneNumber}}.',"
      "'limits': {'inactivity': {'reminders': ['{{participant_name}}?'],"
      "'goodbye': 'Bye {{participant_name}}.'},"
      "'session': {'say': 'Soon, {{participant_name}}.'}}",
      "sessionlimit name=caller ! inactivity name=quiet ! " TALK);
  build (f, "callersrc name=source ! voiceagent name=one persona=P" SINK);
  set_telling (f, IS_TO_BE_TOLD);
  start (f);
  g_object_set (find (f, "quiet"), "goodbye", "Bye {{you}}.", NULL);
  at (f, 3000);
  assert_said (f, "");
  assert_text (f, "llm", "system-prompt", "The caller is .");
  introduce (f, "sip_1", "{'sip.phoneNumber': '+1'}");
  at (f, 6000);
  assert_said (f, "one say Hello Ann.@3000\none heard Hello Ann.@4020\n");
  assert_text (f, "llm", "system-prompt", "The caller is +1.");
  assert_text (f, "quiet", "reminders", "Ann?");
  assert_text (f, "quiet", "goodbye", "Bye {{you}}.");
  assert_text (f, "caller", "say", "Soon, Ann.");
  introduce (f, "sip_1", "{'sip.phoneNumber': '+2'}");
  at (f, 10000);
  assert_said (f, "");
  assert_text (f, "llm", "system-prompt", "The caller is +2.");
  stop (f);
  destroy (f);
}

/* Only what is not known is waited for, and only where somebody tells it. */
static void
greets_at_once (Fixture * f, gconstpointer unused)
{
  static const struct
  {
    Telling telling;
    const gchar *keys, *said;
  } rows[] = {
    {IS_TO_BE_TOLD, "'welcome-message': 'Hello {{guest}}{{caller}}.',"
          "'system-prompt': '{{participant_name}}'", "one say Hello Bob.@0\n"},
    {NOBODY_TELLS, "'welcome-message': 'Hello {{participant_name}}.'",
        "one say Hello .@0\n"},
    {HAS_BEEN_TOLD, "'welcome-message': 'Hello {{sip_x}}.'",
        "one say Hello .@0\n"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    write_persona (f, rows[i].keys, AGENT);
    build (f, "callersrc name=source ! voiceagent name=one persona=P "
        "variables=\"v, guest=Bob\"" SINK);
    set_telling (f, rows[i].telling);
    start (f);
    at (f, 100);
    assert_said (f, rows[i].said);
    introduce (f, "sip_1", "{}");
    at (f, 200);
    assert_said (f, "");
    stop (f);
    destroy (f);
    g_string_truncate (f->said, 0);
  }
}

/* What is written and pressed comes to `turn` through the bin's pad; before
 * the pads are active nobody takes it. */
static void
hears_what_is_written (Fixture * f, gconstpointer unused)
{
  GstVoiceSession *session;

  write_persona (f, "'welcome-message': 'a b c d e f g h'", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P" SINK);
  session = give_session (f, "one");
  gst_element_set_state (find (f, "one"), GST_STATE_READY);
  g_assert_false (send (f, GST_VOICE_OOB, gst_voice_structure_new ("dtmf",
              "digit", "9", NULL)));
  start (f);
  at (f, 1000);
  g_assert_true (send (f, GST_VOICE_ORDERED, gst_voice_structure_new ("typed",
              "text", "Hello there.", "source", "chat", NULL)));
  at (f, 8000);
  for (const gchar * key = "12#"; *key; key++) {
    gchar digit[] = { *key, 0 };

    g_assert_true (send (f, GST_VOICE_OOB, gst_voice_structure_new ("dtmf",
                "digit", digit, NULL)));
  }
  at (f, 12000);
  assert_said (f, "one say a b c d e f g h@0\none interrupt action@1000\n"
      "one heard a b@1000\none turn Hello there.@1000\n"
      "one heard You said: Hello there.@3040\none turn 12@8000\n"
      "one heard You said: 12@9520\n");
  stop (f);
  destroy (f);
  assert_in_journal (f, "one.jsonl", "\"type\":\"dtmf\"", TRUE);
  assert_in_journal (f, "one.jsonl", "\"reason\":\"keys\"", TRUE);
  assert_in_journal (f, "one.jsonl", "\"digit\":\"9\"", FALSE);
  g_object_unref (session);
}

static GstPadProbeReturn
answer_far (GstPad * pad, GstPadProbeInfo * info, gpointer open)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (!gst_voice_query_is (query, "far"))
    return GST_PAD_PROBE_OK;
  gst_structure_set (gst_query_writable_structure (query),
      "open", G_TYPE_BOOLEAN, *(gboolean *) open, NULL);
  return GST_PAD_PROBE_HANDLED;
}

/* Nobody comes who could be greeted by name: that is the caller's silence. */
static void
greets_nobody (Fixture * f, gconstpointer unused)
{
  GstVoiceSession *session;
  gboolean open = FALSE;
  GstPad *pad;

  write_persona (f, "'welcome-message': 'Hello {{participant_name}}.'", AGENT);
  build (f, "callersrc name=source ! voiceagent name=one persona=P ! "
      "fakesink name=sink async=false enable-last-sample=false");
  set_telling (f, IS_TO_BE_TOLD);
  pad = gst_element_get_static_pad (find (f, "sink"), "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer_far,
      &open, NULL);
  gst_object_unref (pad);
  session = give_session (f, "one");
  start (f);
  wait_eos (f);
  assert_said (f, "");
  stop (f);
  destroy (f);
  assert_in_journal (f, "one.jsonl", "\"type\":\"session-ended\",\"reason\":"
      "\"inactivity\"", TRUE);
  g_object_unref (session);
}

/* The greeting waits for somebody to hear it. If nobody comes the call ends by
 * inactivity, though the agent has something to say. */
static void
waits_for_ears (Fixture * f, gconstpointer opens)
{
  gboolean open = FALSE;
  GstVoiceSession *session;
  GstElement *sink;
  GstPad *pad;

  write_persona (f, "'welcome-message': 'Good morning.'", AGENT);
  build (f, SOURCE "voiceagent name=one persona=P ! fakesink name=sink "
      "async=false enable-last-sample=false");
  sink = find (f, "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer_far,
      &open, NULL);
  session = give_session (f, "one");
  start (f);
  at (f, 20000);
  assert_said (f, "one say Good morning.@0\n");
  if (opens) {
    gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
            gst_voice_structure_new ("far", "open", TRUE, "delay",
                GST_CLOCK_TIME_NONE, NULL)));
    at (f, 22000);
    assert_said (f, "one heard Good morning.@21020\n");
  } else {
    wait_eos (f);
    assert_said (f, "");
  }
  stop (f);
  g_assert_cmpstr (f->last->str, ==, "ended");
  gst_object_unref (pad);
  destroy (f);
  assert_in_journal (f, "one.jsonl", "\"type\":\"session-ended\",\"reason\":"
      "\"inactivity\"", !opens);
  g_object_unref (session);
}

/* --- the example ------------------------------------------------------ */

static void
launch_line (Fixture * f, gconstpointer unused)
{
  gchar *line = doc_line_read ("plugins/agent/gstvoiceagent.c");
  GString *launch = g_string_new (line);

  if (!g_file_test ("/usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw",
          G_FILE_TEST_EXISTS)) {
    g_test_skip ("pocketsphinx-testdata is not installed");
  } else {
    /* A sink that keeps a frame would keep the time. */
    g_string_replace (launch, "fakesink", "fakesink enable-last-sample=false",
        0);
    g_assert_cmpint (g_chdir (g_getenv ("GST_VOICE_TEST_SOURCE")), ==, 0);
    build (f, launch->str);
    start (f);
    wait_eos (f);
    stop (f);
    g_assert_cmpstr (f->last->str, ==, "ended");
    destroy (f);
  }
  g_string_free (launch, TRUE);
  g_free (line);
}

static void
line_opens_late (Fixture * f, gconstpointer unused)
{
  waits_for_ears (f, f);
}

static void
line_never_opens (Fixture * f, gconstpointer unused)
{
  waits_for_ears (f, NULL);
}

static void
add (const gchar * path, void (*test) (Fixture * f, gconstpointer unused))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  scene_ears_register ();
  scene_voice_register ();
  add ("/voiceagent/filled", is_filled);
  add ("/voiceagent/persona-text", persona_as_text);
  add ("/voiceagent/refusals", says_what_is_wrong);
  add ("/voiceagent/actions", obeys);
  add ("/voiceagent/ends", ends_once);
  add ("/voiceagent/participant", knows_the_other_side);
  add ("/voiceagent/greeting/by-name", greets_by_name);
  add ("/voiceagent/greeting/at-once", greets_at_once);
  add ("/voiceagent/greeting/nobody", greets_nobody);
  add ("/voiceagent/written", hears_what_is_written);
  add ("/voiceagent/far/late", line_opens_late);
  add ("/voiceagent/far/never", line_never_opens);
  add ("/voiceagent/two", two_agents);
  add ("/voiceagent/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
