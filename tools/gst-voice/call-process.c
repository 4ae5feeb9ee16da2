/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A process that plays one call: takes its order from the socket, chooses the
 * persona, plays, obeys, reports, and leaves the journal in the spool, from
 * where the control process takes it.
 *
 * It ends by itself in every case. If the control process is gone the agent
 * finishes what it is saying and hangs up, `disconnected`. If the main loop
 * hangs an alarm kills the process, and the call has crashed.
 *
 * Threads: the main thread, beside those of the pipeline. Locks: none.
 */
#include "call-process.h"

#include "call-child.h"
#include "call-dump.h"
#include "call-gate.h"
#include "call-link.h"
#include "call-report.h"
#include "call-timing.h"
#include "graph.h"
#include "persona-rules.h"
#include "process-title.h"
#include "spool.h"
#include "verbs.h"

#include <glib-unix.h>
#include <gst-voice/events.h>
#include <gst-voice/health.h>
#include <gst-voice/journal.h>
#include <gst-voice/json.h>
#include <string.h>
#include <unistd.h>

/* Less than the control process gives a call that is told to end. */
#define GOODBYE_SECONDS 8
/* Longer than a tool is waited for at the end. */
#define ALARM_SECONDS 45
#define TICK_SECONDS 5
/* How long the source alone may wait for the participant. */
#define PARTICIPANT_SECONDS 5
/* How long we are in a room in which nobody is. */
#define NOBODY_SECONDS 60
#define FLUSH_MS 1000
/* Of a text in a report. */
#define MAX_TEXT 1000
/* Of an event, which is a text within a message. */
#define MAX_LINE (CALL_MESSAGE_MAX / 4)

typedef struct
{
  CallLink *link;
  CallOrder order;
  Player player;
  Spool *spool;

  PersonaRules *rules;
  CallGate *gate;               /* while the persona is not known */
  guint patience;               /* source: the participant does not come */
  guint nobody;                 /* source: nobody at all has come */
  gboolean somebody;            /* has been there */

  guint told;                   /* lines of the journal in the last metrics */
  gdouble latency, own;         /* of the last reply, s */
  guint received, lost;         /* packets in the last report */
  gboolean spoken;
  CallTiming timing;
} Call;

static void
write_text (JsonWriter * json, const gchar * name, const gchar * text)
{
  gchar *valid = g_utf8_make_valid (text, -1);

  if (g_utf8_strlen (valid, -1) > MAX_TEXT)
    *g_utf8_offset_to_pointer (valid, MAX_TEXT) = 0;
  json_writer_string (json, name, valid);
  g_free (valid);
}

static void
write_field (JsonWriter * json, const gchar * name, const GstStructure * s)
{
  write_text (json, name, gst_voice_structure_string (s, name));
}

static void
report_fault (Call * call, const gchar * text, gboolean fatal)
{
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_FAULT);
  write_text (&json, "text", text);
  json_writer_boolean (&json, "fatal", fatal);
  call_link_send (call->link, &json);
}

static void
report_playing (Call * call, const GstStructure * s)
{
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_PLAYING);
  write_field (&json, "persona", s);
  json_writer_string (&json, "journal", spool_path (call->spool));
  call_link_send (call->link, &json);
}

/* Whoever has asked for us has forgotten it, or the caller has hung up before
 * we came. */
static gboolean
leave_nobody (gpointer data)
{
  Call *call = data;

  call->nobody = 0;
  report_fault (call, "nobody has come into the room", FALSE);
  player_hang_up (&call->player, "disconnected", GOODBYE_SECONDS);
  return G_SOURCE_REMOVE;
}

/* It may be asked again by a reconnection. */
static void
expect_somebody (Call * call)
{
  if (!call->somebody && !call->nobody)
    call->nobody = g_timeout_add_seconds (NOBODY_SECONDS, leave_nobody, call);
}

static void
report_room (Call * call, const GstStructure * s)
{
  gboolean joined = strcmp (gst_voice_structure_string (s, "state"),
      "joined") == 0;
  JsonWriter json;

  call_link_begin (&json, joined ? CALL_REPORT_JOINED : CALL_REPORT_ROOM);
  if (joined) {
    write_field (&json, "room", s);
    write_field (&json, "sid", s);
    write_field (&json, "identity", s);
    expect_somebody (call);
  } else {
    write_field (&json, "state", s);
    write_field (&json, "reason", s);
  }
  call_link_send (call->link, &json);
}

static void
report_participant (Call * call, const GstStructure * s)
{
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_PARTICIPANT);
  write_field (&json, "identity", s);
  write_field (&json, "name", s);
  write_field (&json, "kind", s);
  write_field (&json, "change", s);
  call_link_send (call->link, &json);
}

static void
report_metrics (Call * call)
{
  GstVoiceUsage usage;
  JsonWriter json;

  gst_voice_session_get_usage (call->player.session, &usage);
  call->told = call->player.last_line;
  call_link_begin (&json, CALL_REPORT_METRICS);
  json_writer_uint (&json, "turns", usage.turns);
  json_writer_uint (&json, "interruptions", usage.interruptions);
  json_writer_uint (&json, "lines", call->player.last_line);
  json_writer_uint (&json, "tools", usage.tool_calls);
  json_writer_number (&json, "cost", usage.cost);
  if (call->latency >= 0) {
    json_writer_number (&json, "latency", call->latency);
    json_writer_number (&json, "own", call->own);
  }
  call_link_send (call->link, &json);
}

static void
report_timing (Call * call, const GstStructure * s)
{
  gdouble seconds[CALL_N_TIMINGS];
  JsonWriter json;

  if (!call_timing_take (&call->timing, s, seconds))
    return;
  call_link_begin (&json, CALL_REPORT_TIMING);
  for (guint i = 0; i < CALL_N_TIMINGS; i++) {
    if (seconds[i] >= 0)
      json_writer_number (&json, call_timing_names[i], seconds[i]);
  }
  call_link_send (call->link, &json);
}

static void
report_spoken (Call * call, const GstStructure * s)
{
  gint64 wall = 0;
  JsonWriter json;

  if (call->spoken || !gst_structure_get_int64 (s, "wall", &wall))
    return;
  call->spoken = TRUE;
  call_link_begin (&json, CALL_REPORT_SPOKEN);
  json_writer_uint (&json, "wall", wall);
  call_link_send (call->link, &json);
}

static gdouble
seconds (const GstStructure * s, const gchar * name)
{
  GstClockTime time = gst_voice_structure_time (s, name);

  return GST_CLOCK_TIME_IS_VALID (time) ? (gdouble) time / GST_SECOND : -1;
}

/* What is lost is told since the beginning, and is to be known of now. */
static void
write_loss (Call * call, JsonWriter * json, const GstStructure * s)
{
  guint received = gst_voice_structure_uint (s, "received");
  guint lost = gst_voice_structure_uint (s, "lost");
  gdouble more = (gdouble) received + lost - call->received - call->lost;

  if (more > 0 && lost >= call->lost)
    json_writer_number (json, "loss", (lost - call->lost) / more);
  call->received = received;
  call->lost = lost;
}

static void
report_network (Call * call, const GstStructure * s)
{
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_NETWORK);
  if (gst_structure_has_field (s, "received")) {
    if (gst_voice_structure_uint (s, "received") > 0)
      json_writer_number (&json, "jitter", seconds (s, "jitter"));
    write_loss (call, &json, s);
  } else {
    json_writer_number (&json, "round_trip", seconds (s, "round-trip"));
    json_writer_number (&json, "sent_loss", gst_voice_structure_double (s,
            "loss"));
  }
  call_link_send (call->link, &json);
}

typedef struct
{
  Call *call;
  gchar *line;
} HealthNote;

static void
health_note_free (gpointer data)
{
  g_free (((HealthNote *) data)->line);
  g_free (data);
}

static gboolean
report_health (gpointer data)
{
  const HealthNote *note = data;
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_HEALTH);
  json_writer_string (&json, "note", note->line);
  call_link_send (note->call->link, &json);
  return G_SOURCE_REMOVE;
}

/* In any thread. What is noted when the main loop has ended is not told. */
static void
take_health (const gchar * key, const gchar * line, gpointer data)
{
  HealthNote *note = g_new (HealthNote, 1);

  note->call = data;
  note->line = g_strdup (line);
  g_idle_add_full (G_PRIORITY_DEFAULT, report_health, note, health_note_free);
}

/* A call is worth more than its delivery. A persona that cannot be read is told
 * by the agent. */
static void
note_delivery (Call * call, const gchar * path)
{
  const CallOrder *order = &call->order;
  GstVoicePersona *persona = path ? gst_voice_persona_load (path, NULL) : NULL;
  Delivery delivery = { NULL };
  GError *error = NULL;

  if (delivery_set (&delivery, order->webhook, order->webhook_secret, &error)
      && persona)
    delivery_take_persona (&delivery, persona);
  if (!error)
    spool_note (call->spool, &delivery, &error);
  if (error)
    report_fault (call, error->message, FALSE);
  g_clear_error (&error);
  delivery_clear (&delivery);
  g_clear_pointer (&persona, gst_voice_persona_unref);
}

/* Takes @persona for the agent, which starts if it has waited for it. */
static void
use_persona (Call * call, const gchar * persona)
{
  note_delivery (call, persona);
  if (persona)
    g_object_set (call->player.agent, "persona", persona, NULL);
  if (call->patience)
    g_source_remove (call->patience);
  call->patience = 0;
  if (call->gate)
    call_gate_open (call->gate);
}

/* FALSE if it must wait for the participant, who is described by @s. */
static gboolean
choose_persona (Call * call, const GstStructure * s, GHashTable * attributes)
{
  const gchar *persona = call->order.persona;
  PersonaFacts facts = {
    .room = call->order.room,
    .job = call->order.job_id,
    .metadata = call->order.metadata,
    .attributes = attributes,
  };

  if (s) {
    facts.participant_known = TRUE;
    facts.identity = gst_voice_structure_string (s, "identity");
    facts.name = gst_voice_structure_string (s, "name");
    facts.kind = gst_voice_structure_string (s, "kind");
  }
  if (call->rules && persona_rules_choose (call->rules, &facts, &persona)
      == PERSONA_RULES_LATER)
    return FALSE;
  use_persona (call, persona);
  return TRUE;
}

static GHashTable *
read_attributes (const GstStructure * s)
{
  GHashTable *attributes = g_hash_table_new_full (g_str_hash, g_str_equal,
      g_free, g_free);
  JsonNode *node = gst_voice_json_parse (gst_voice_structure_string (s,
          "attributes"), -1, CALL_MESSAGE_MAX, 2, NULL);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (node && JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, &name, &value)) {
      if (json_node_get_value_type (value) == G_TYPE_STRING)
        g_hash_table_replace (attributes, g_strdup (name),
            json_node_dup_string (value));
    }
  }
  g_clear_pointer (&node, json_node_unref);
  return attributes;
}

static void
take_participant (Call * call, const GstStructure * s)
{
  GHashTable *attributes;

  report_participant (call, s);
  call->somebody = TRUE;
  g_clear_handle_id (&call->nobody, g_source_remove);
  if (!call->patience)
    return;
  attributes = read_attributes (s);
  choose_persona (call, s, attributes);
  g_hash_table_unref (attributes);
}

static gboolean
lose_patience (gpointer data)
{
  Call *call = data;

  call->patience = 0;
  use_persona (call, call->order.persona);
  return G_SOURCE_REMOVE;
}

/* What does not fit into a message is in the journal. */
static void
report_event (Call * call, const GstStructure * s)
{
  gint64 wall = 0;
  JsonWriter json;
  gchar *line;

  gst_structure_get_int64 (s, "wall", &wall);
  line = gst_voice_journal_line (s, gst_voice_structure_uint (s, "n"),
      gst_voice_structure_time (s, "at"), wall);
  if (strlen (line) <= MAX_LINE) {
    call_link_begin (&json, CALL_REPORT_EVENT);
    json_writer_string (&json, "line", g_strchomp (line));
    call_link_send (call->link, &json);
  }
  g_free (line);
}

static void
report_answer (Call * call, const GstStructure * s)
{
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_ANSWER);
  json_writer_string (&json, "sdp", gst_voice_structure_string (s, "sdp"));
  call_link_send (call->link, &json);
}

static void
take_event (gpointer data, const GstStructure * s)
{
  Call *call = data;

  if (gst_structure_has_name (s, "voice/answer")) {
    report_answer (call, s);
    return;
  }
  if (call->order.offer)
    report_event (call, s);
  report_timing (call, s);
  if (gst_structure_has_name (s, "voice/agent")) {
    report_playing (call, s);
  } else if (gst_structure_has_name (s, "voice/room")) {
    report_room (call, s);
  } else if (gst_structure_has_name (s, "voice/participant")) {
    take_participant (call, s);
  } else if (gst_structure_has_name (s, "voice/fault")) {
    report_fault (call, gst_voice_structure_string (s, "text"), FALSE);
  } else if (gst_structure_has_name (s, "voice/turn-metrics")) {
    call->latency = seconds (s, "playing");
    call->own = seconds (s, "own");
    report_metrics (call);
  } else if (gst_structure_has_name (s, "voice/playing")) {
    report_spoken (call, s);
  } else if (gst_structure_has_name (s, "voice/network")) {
    report_network (call, s);
  }
}

static void
take_warning (gpointer data, const gchar * text)
{
  report_fault (data, text, FALSE);
}

static void
take_failure (gpointer data, const gchar * text, const gchar * debug)
{
  Call *call = data;

  report_fault (call, text, TRUE);
  g_printerr ("gst-voice: call %s: %s\n", call->order.call_id ?
      call->order.call_id : "", text);
}

/* Nothing is sent while it waits. */
static void
take_waiting (gpointer data, guint seconds)
{
  Call *call = data;
  JsonWriter json;

  alarm (ALARM_SECONDS);
  call_link_begin (&json, CALL_REPORT_WAITING);
  json_writer_uint (&json, "seconds", seconds);
  call_link_send (call->link, &json);
  call_link_flush (call->link, FLUSH_MS);
}

static const PlayerEvents player_events = {
  .event = take_event,
  .warning = take_warning,
  .waiting = take_waiting,
  .failed = take_failure,
};

static void
dump (Call * call)
{
  gchar *path = g_strdup_printf ("%s" G_DIR_SEPARATOR_S "%s.dump",
      call->order.journal_dir, call->order.call_id);
  GError *error = NULL;
  JsonWriter json;

  call_dump_write (&call->player, spool_path (call->spool), path, &error);
  call_link_begin (&json, CALL_REPORT_DUMPED);
  if (error)
    write_text (&json, "text", error->message);
  else
    json_writer_string (&json, "path", path);
  call_link_send (call->link, &json);
  g_clear_error (&error);
  g_free (path);
}

static void
inject (Call * call, const gchar * text)
{
  GstPad *pad = gst_element_get_static_pad (call->player.agent, "sink");

  gst_pad_send_event (pad, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("note", "text", text, NULL)));
  gst_object_unref (pad);
}

static void
obey (gpointer data, CallCommand command, const gchar * text)
{
  Call *call = data;

  switch (command) {
    case CALL_HANGUP:
      player_hang_up (&call->player, text ? text : "application",
          GOODBYE_SECONDS);
      break;
    case CALL_SAY:
      g_signal_emit_by_name (call->player.agent, "say", text ? text : "", TRUE);
      break;
    case CALL_INJECT:
      inject (call, text ? text : "");
      break;
    case CALL_DUMP:
      dump (call);
      break;
    case CALL_INTERRUPT:
      g_signal_emit_by_name (call->player.agent, "interrupt", TRUE);
      break;
    case CALL_TYPE:
      g_signal_emit_by_name (call->player.agent, "text", text ? text : "");
      break;
    case CALL_LEAVE:
      if (call->order.offer)
        graph_leave (call->player.pipeline);
      break;
  }
}

/* Without it nobody would end a call that goes on and on. */
static void
lose_control (gpointer data)
{
  Call *call = data;

  player_hang_up (&call->player, "disconnected", GOODBYE_SECONDS);
}

static const CallLinkEvents link_events = {
  .command = obey,
  .gone = lose_control,
};

static gboolean
terminate (gpointer data)
{
  Call *call = data;

  player_hang_up (&call->player, "application", GOODBYE_SECONDS);
  return G_SOURCE_CONTINUE;
}

/* As long as the main loop runs the alarm does not go off. */
static gboolean
tick (gpointer data)
{
  Call *call = data;

  alarm (ALARM_SECONDS);
  if (call->told != call->player.last_line)
    report_metrics (call);
  call_link_flush (call->link, 0);
  return G_SOURCE_CONTINUE;
}

static void
set_variables (Call * call, GHashTable * variables)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, variables);
  while (g_hash_table_iter_next (&iter, &name, &value))
    gst_voice_session_set_variable (call->player.session, NULL, name, value);
}

/* What somebody put into the job counts less than what we were told. */
static void
make_session (Call * call)
{
  const CallOrder *order = &call->order;
  GHashTable *variables = persona_metadata_variables (order->metadata);

  call->player.session = gst_voice_session_new (order->call_id);
  set_variables (call, variables);
  g_hash_table_unref (variables);
  if (order->room)
    gst_voice_session_set_variable (call->player.session, NULL, "room",
        order->room);
  if (order->job_id)
    gst_voice_session_set_variable (call->player.session, NULL, "job_id",
        order->job_id);
  if (order->variables)
    set_variables (call, order->variables);
}

static gchar *
look_up (const gchar * name, gpointer session)
{
  return gst_voice_session_get_variable (session, name);
}

static GstElement *
make_described (Call * call, GError ** error)
{
  GstVoiceDescription *description =
      gst_voice_description_new (call->order.description, -1, "description",
      error);
  GstElement *pipeline;

  if (!description)
    return NULL;
  pipeline = graph_new_from_description (description, "description", look_up,
      call->player.session, &call->player.agent, error);
  gst_voice_description_unref (description);
  return pipeline;
}

static GstElement *
make_with_caller (Call * call, GError ** error)
{
  const CallOrder *order = &call->order;
  GraphRoom room = { order->url, order->token, order->participant };
  GraphPeer peer = { order->offer, order->stun_server, order->min_port,
    order->max_port, order->loopback
  };

  return order->offer ? graph_new_for_peer (&peer, &call->player.agent, error) :
      graph_new_in_room (&room, &call->player.agent, error);
}

static gboolean
make_pipeline (Call * call, GError ** error)
{
  Player *player = &call->player;

  player->pipeline = call->order.description ? make_described (call, error) :
      make_with_caller (call, error);
  if (!player->pipeline)
    return FALSE;
  player_prepare (player, call->order.record);
  if (!choose_persona (call, NULL, call->order.attributes)) {
    note_delivery (call, NULL);
    call->gate = call_gate_new (player->pipeline, player->agent);
    call->patience = g_timeout_add_seconds (PARTICIPANT_SECONDS,
        lose_patience, call);
  }
  return TRUE;
}

static gboolean
begin (Call * call, const gchar * log, GError ** error)
{
  CallOrder *order = &call->order;
  gchar *title;

  if (!call_link_take_order (call->link, order, error))
    return FALSE;
  /* It does as the name of a file if this works. */
  call->spool = spool_begin (order->journal_dir, order->call_id, error);
  if (!call->spool)
    return FALSE;
  title = g_strdup_printf ("gst-voice: call %s", order->call_id);
  process_title_set (title);
  g_free (title);
  call_child_log (log, order->call_id);
  call_child_limit (order->memory_limit ? order->memory_limit :
      CALL_MEMORY_LIMIT);
  if (order->rules && !(call->rules = persona_rules_load (order->rules, error)))
    return FALSE;
  if (order->health)
    gst_voice_health_load (order->health, g_get_monotonic_time ());
  gst_voice_health_watch (take_health, call);
  make_session (call);
  call->player.simulate = order->simulate;
  return make_pipeline (call, error)
      && gst_voice_session_open_journal (call->player.session,
      spool_path (call->spool), error);
}

static void
play (Call * call)
{
  guint timer = g_timeout_add_seconds (TICK_SECONDS, tick, call);
  guint signal = g_unix_signal_add (SIGTERM, terminate, call);

  call_link_listen (call->link);
  call_child_attached ();
  if (!call->order.description)
    graph_join (call->player.pipeline);
  player_run (&call->player);
  g_source_remove (signal);
  g_source_remove (timer);
}

static void
report_end (Call * call)
{
  const gchar *reason = call->player.reason ? call->player.reason :
      "disconnected";
  JsonWriter json;

  call_link_begin (&json, CALL_REPORT_ENDED);
  json_writer_string (&json, "reason", call->player.failed ? "error" : reason);
  json_writer_uint (&json, "lines", call->player.last_line);
  json_writer_boolean (&json, "failed", call->player.failed);
  call_link_send (call->link, &json);
  call_link_flush (call->link, FLUSH_MS);
}

/* The journal is closed before others may have it. */
static void
call_clear (Call * call)
{
  g_clear_handle_id (&call->patience, g_source_remove);
  g_clear_handle_id (&call->nobody, g_source_remove);
  gst_voice_health_watch (NULL, NULL);
  g_clear_pointer (&call->gate, call_gate_free);
  gst_clear_object (&call->player.pipeline);
  g_clear_object (&call->player.session);
  g_clear_pointer (&call->spool, spool_end);
  g_clear_pointer (&call->rules, persona_rules_free);
  player_clear (&call->player);
  call_link_free (call->link);
  call_order_clear (&call->order);
}

/**
 * call_process_main:
 * @log: (nullable): what the names of debug logs begin with
 *
 * Plays the call of which the socket %CALL_FD tells, in a child of the zygote
 * that has done call_child_begin().
 *
 * Returns: the exit status
 */
int
call_process_main (const gchar * log)
{
  Call call = {.latency = -1,.timing = CALL_TIMING_INIT,.player = {.events =
          &player_events}
  };
  GError *error = NULL;
  int status;

  alarm (ALARM_SECONDS);
  call.player.data = &call;
  call.link = call_link_new (CALL_FD, &link_events, &call);
  if (begin (&call, log, &error))
    play (&call);
  else
    player_fail (&call.player, error->message, NULL);
  g_clear_error (&error);
  report_end (&call);
  status = call.player.failed ? EXIT_FAILED : EXIT_OK;
  call_clear (&call);
  return status;
}
