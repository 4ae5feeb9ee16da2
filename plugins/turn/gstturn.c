/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-turn
 * @title: turn
 *
 * Decides when the caller has finished and when the agent must stop. Finals of
 * a recogniser go in, one buffer a turn comes out. The rules are in
 * docs/turn-taking.md; every number in them is a property.
 *
 * It listens to `vad`, to the recogniser's interims, and to what comes
 * upstream from the agent, and sends `voice/interrupt`, `voice/hold`,
 * `voice/resume`, `voice/commit`, `voice/withdraw`, `voice/say`,
 * `voice/unheard` and `voice/hangup`; the caller's words, as far as they are
 * known, go on as captions (`voice/transcript`). What the other side writes
 * (`voice/typed`) is a turn at once; the keys that it presses (`voice/dtmf`)
 * are one when they are complete, or go to a tool that waits for them.
 *
 * The action signals #GstVoiceTurn::say, #GstVoiceTurn::interrupt,
 * #GstVoiceTurn::hangup, #GstVoiceTurn::commit, #GstVoiceTurn::clear and
 * #GstVoiceTurn::text may be emitted from any thread.
 *
 * ## Example launch line
 * |[
 * echo "Hello there." | gst-launch-1.0 fdsrc ! text/x-raw,format=utf8 ! \
 *   turn ! fakesink dump=true
 * ]|
 */
/*
 * Threads: as GstVoiceStage: everything that happens is posted to the task,
 * which alone uses the core. What `playout` answers to an interruption comes
 * back in the task itself and is handed to the core at once.
 * Locks: the object lock guards the settings.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstturn.h"
#include "turn-caption.h"
#include "turn-settings.h"

#include <gst-voice/binding.h>
#include <gst-voice/data.h>
#include <gst-voice/meta.h>
#include <gst-voice/preload.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (turn_debug);
#define GST_CAT_DEFAULT turn_debug

#define DEFAULT_LANGUAGE "en"
#define TIMER_CORE 0
#define TIMER_CAPTION 1

struct _GstVoiceTurn
{
  GstVoiceStage parent;

  /* object lock */
  TurnConfig config;
  gchar *language;

  /* task only, but for start and stop */
  TurnCore *core;
  TurnCaption *caption;
  GstClockTime last_final;      /* when it came */
  guint terms;                  /* of the session, as far as the core knows */
  gboolean looked, heard;       /* whether a `playout` tells what is heard */
  GstClockTime stt_wait;        /* of the recogniser, or none */
  guint done_turn;              /* without: was sent, the core is to be told */
  gboolean over;                /* the core has nothing more to decide */
  gboolean draining;            /* EOS waits for that */
  gchar *hangup_reason;         /* of the hangup that the core holds */
};

enum
{
  PROP_LANGUAGE = 1,
  N_PROPS
};

enum
{
  SIGNAL_SAY,
  SIGNAL_INTERRUPT,
  SIGNAL_HANGUP,
  SIGNAL_COMMIT,
  SIGNAL_CLEAR,
  SIGNAL_TEXT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const GstVoiceBinding bindings[] = {
  {"language", "language"},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceTurn, gst_voice_turn,
    GST_TYPE_VOICE_STAGE, GST_DEBUG_CATEGORY_INIT (turn_debug, "turn", 0,
        "turn taking"));
GST_ELEMENT_REGISTER_DEFINE (turn, "turn", GST_RANK_NONE, GST_TYPE_VOICE_TURN);

/* The names of the core's enumerations in events and journal, in their order.
 */
static const gchar *source_names[] = {
  "reply", "greeting", "say", "reminder", "filler", "goodbye"
};

static const gchar *by_names[] = {
  "model", "application", "inactivity", "limit", "budget"
};

static const gchar *expect_names[] = {
  "open", "yes-no", "digits", "spelling", "email", "name"
};

static const gchar *commit_names[] = {
  "end-of-turn", "kept", "late", "max-turn", "action", "text",
  "disconnected", "hangup", "keys"
};

static const gchar *interrupt_names[] = {
  "words", "stop", "continued", "action", "limit", "disconnected", "keys"
};

static const gchar *discard_names[] = {
  "no-words", "backchannel", "duplicate", "stuck", "cleared", "ended",
  "overflow"
};

static const gchar *overflow_names[] = {
  "words", "says", "speeches", "calls"
};

/* The index of a name; 0 if it is none of them. */
static guint
index_of (const gchar * const *names, guint n, const gchar * name)
{
  for (guint i = 0; i < n; i++) {
    if (strcmp (names[i], name) == 0)
      return i;
  }
  return 0;
}

#define INDEX_OF(names, name) index_of (names, G_N_ELEMENTS (names), name)

static gint64
to_core_time (GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (time) ? (gint64) time : TURN_NONE;
}

static GstClockTime
from_core_time (gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime) time;
}

static void
report (GstVoiceTurn * self, GstStructure * s, gint64 at)
{
  gst_voice_session_report_at (gst_voice_stage_session (GST_VOICE_STAGE
          (self)), GST_ELEMENT (self), s, at, FALSE);
}

/* Reports an event and sends it: it stands in the record before what it leads
 * to. */
static void
send (GstVoiceTurn * self, GstVoiceCarrier carrier, GstStructure * s, gint64 at)
{
  report (self, gst_structure_copy (s), at);
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), carrier, s);
}

static void
push_turn (GstVoiceTurn * self, guint turn, guint merges, const gchar * text,
    gint64 start, gint64 end, GstVoiceFlags flags)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->generation = turn_core_generation (self->core);
  meta->turn = turn;
  meta->merges = merges;
  meta->start = from_core_time (start);
  meta->end = from_core_time (end);
  meta->flags = flags;
  meta->length = g_utf8_strlen (text, -1);
  gst_voice_stage_push (GST_VOICE_STAGE (self), buffer);
}

static void
pass_milestones (GstVoiceTurn * self, const TurnOutput * o)
{
  GstVoiceSession *session = gst_voice_stage_session (GST_VOICE_STAGE (self));

  gst_voice_session_pass (session, o->commit.turn, GST_VOICE_MILESTONE_END,
      from_core_time (o->commit.end));
  gst_voice_session_pass (session, o->commit.turn, GST_VOICE_MILESTONE_FINAL,
      self->last_final);
  gst_voice_session_pass (session, o->commit.turn, GST_VOICE_MILESTONE_COMMIT,
      gst_voice_stage_now (GST_VOICE_STAGE (self)));
}

static void
push_caption (guint segment, const gchar * text, gboolean final, gpointer data)
{
  gst_voice_stage_push_event (data, GST_VOICE_OOB,
      gst_voice_structure_new ("transcript", "role", "user", "text", text,
          "final", final, "id", segment, "start", GST_CLOCK_TIME_NONE,
          "end", GST_CLOCK_TIME_NONE, NULL));
}

/* The words of the turn so far, as captions. */
static void
show_caption (GstVoiceTurn * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  gint64 now = gst_voice_stage_now (stage);
  guint turn = 0, merges = 0;
  gchar *text = turn_core_waiting (self->core, &turn, &merges);

  turn_caption_show (self->caption, now, text, turn, merges);
  gst_voice_stage_set_timer (stage, TIMER_CAPTION,
      from_core_time (turn_caption_flush (self->caption, now)));
  g_free (text);
}

static void
put_commit (GstVoiceTurn * self, const TurnOutput * o)
{
  guint generation = turn_core_generation (self->core);

  pass_milestones (self, o);
  /* Who writes a line sees it where it was written. */
  if (o->commit.reason != TURN_COMMIT_TEXT)
    turn_caption_commit (self->caption, o->commit.text, o->commit.turn,
        o->commit.merges);
  send (self, GST_VOICE_UPSTREAM, gst_voice_structure_new ("turn",
          "turn", o->commit.turn, "text", o->commit.text,
          "start", from_core_time (o->commit.start),
          "end", from_core_time (o->commit.end), "merges", o->commit.merges,
          "reply", o->commit.reply, "reason", commit_names[o->commit.reason],
          "generation", generation, NULL), o->time);
  if (o->commit.proposed)
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
        gst_voice_structure_new ("commit", "turn", o->commit.turn,
            "merges", o->commit.merges, "text", o->commit.text,
            "generation", generation, NULL));
  else
    push_turn (self, o->commit.turn, o->commit.merges, o->commit.text,
        o->commit.start, o->commit.end, o->commit.reply ?
        GST_VOICE_FLAG_NONE : GST_VOICE_FLAG_NO_REPLY);
  if (!self->heard)
    self->done_turn = o->commit.turn;
}

static void
put_propose (GstVoiceTurn * self, const TurnOutput * o)
{
  report (self, gst_voice_structure_new ("propose", "turn", o->propose.turn,
          "text", o->propose.text, NULL), o->time);
  push_turn (self, o->propose.turn, o->propose.merges, o->propose.text,
      TURN_NONE, TURN_NONE, GST_VOICE_FLAG_PROPOSED);
}

/* Only here is the session's number raised. While the event is under way
 * `playout` answers with what was heard, and only then the core goes on. */
static void
put_interrupt (GstVoiceTurn * self, const TurnOutput * o)
{
  guint generation = gst_voice_session_interrupt (gst_voice_stage_session
      (GST_VOICE_STAGE (self)));

  g_warn_if_fail (generation == o->interrupt.generation);
  send (self, GST_VOICE_OOB, gst_voice_structure_new ("interrupt",
          "generation", generation,
          "reason", interrupt_names[o->interrupt.reason],
          "force", o->interrupt.force, "speech", o->interrupt.speech, NULL),
      o->time);
}

static void
put_unheard (GstVoiceTurn * self, const TurnOutput * o)
{
  GstStructure *s = gst_voice_structure_new ("unheard",
      "voiced", from_core_time (o->unheard.voiced),
      "interrupted", o->unheard.interrupted,
      "generation", turn_core_generation (self->core), NULL);

  report (self, gst_structure_copy (s), o->time);
  if (o->unheard.speak || o->unheard.interrupted)
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED, s);
  else
    gst_structure_free (s);
}

static void
put_say (GstVoiceTurn * self, const TurnOutput * o)
{
  send (self, GST_VOICE_ORDERED, gst_voice_structure_new ("say",
          "text", o->say.text, "interruptible", o->say.interruptible,
          "source", source_names[o->say.source],
          "generation", turn_core_generation (self->core), NULL), o->time);
}

/* The core has waited for the last sample: nothing is to be waited for. */
static void
put_hangup (GstVoiceTurn * self, const TurnOutput * o)
{
  send (self, GST_VOICE_OOB, gst_voice_structure_new ("hangup",
          "reason", o->hangup.reason, "by", by_names[o->hangup.by],
          "now", TRUE, NULL), o->time);
}

static void
put_busy (GstVoiceTurn * self, const TurnOutput * o)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  if (o->type == TURN_OUTPUT_BUSY)
    gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
        gst_voice_structure_new ("busy", "by", "turn",
            "since", from_core_time (o->busy.since), NULL));
  else
    gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
        gst_voice_structure_new ("idle", "by", "turn",
            "since", from_core_time (o->idle.since),
            "reset", o->idle.reset, NULL));
}

static void
put_overflow (GstVoiceTurn * self, const TurnOutput * o)
{
  gchar *name = gst_object_get_name (GST_OBJECT (self));

  report (self, gst_voice_structure_new ("overflow",
          "what", overflow_names[o->overflow.what], "element", name,
          "lost", GST_CLOCK_TIME_NONE, NULL), o->time);
  g_free (name);
}

/* EOS may pass as soon as the core has come to its end. */
static void
put_end (GstVoiceTurn * self)
{
  self->over = TRUE;
  if (self->draining)
    gst_voice_stage_drained (GST_VOICE_STAGE (self));
  self->draining = FALSE;
}

/* What the core wants done. */
static void
put (const TurnOutput * o, gpointer data)
{
  GstVoiceTurn *self = data;

  switch (o->type) {
    case TURN_OUTPUT_COMMIT:
      put_commit (self, o);
      break;
    case TURN_OUTPUT_PROPOSE:
      put_propose (self, o);
      break;
    case TURN_OUTPUT_WITHDRAW:
      send (self, GST_VOICE_OOB, gst_voice_structure_new ("withdraw",
              "turn", o->withdraw.turn, NULL), o->time);
      break;
    case TURN_OUTPUT_INTERRUPT:
      put_interrupt (self, o);
      break;
    case TURN_OUTPUT_HOLD:
    case TURN_OUTPUT_RESUME:
      send (self, GST_VOICE_OOB, gst_voice_structure_new (o->type ==
              TURN_OUTPUT_HOLD ? "hold" : "resume", "speech", o->hold.speech,
              NULL), o->time);
      break;
    case TURN_OUTPUT_DISCARD:
      report (self, gst_voice_structure_new ("discard",
              "reason", discard_names[o->discard.reason],
              "text", o->discard.text, NULL), o->time);
      break;
    case TURN_OUTPUT_CORRECT:
      turn_caption_correct (self->caption, o->correct.text, o->correct.turn);
      send (self, GST_VOICE_ORDERED, gst_voice_structure_new ("correct",
              "turn", o->correct.turn, "text", o->correct.text, NULL), o->time);
      break;
    case TURN_OUTPUT_UNHEARD:
      put_unheard (self, o);
      break;
    case TURN_OUTPUT_SAY:
      put_say (self, o);
      break;
    case TURN_OUTPUT_HANGUP:
      put_hangup (self, o);
      put_end (self);
      break;
    case TURN_OUTPUT_REVOKE:
      report (self, gst_voice_structure_new ("hangup-revoked",
              "reason", "completed", NULL), o->time);
      break;
    case TURN_OUTPUT_BUSY:
    case TURN_OUTPUT_IDLE:
      put_busy (self, o);
      break;
    case TURN_OUTPUT_OVERFLOW:
      put_overflow (self, o);
      break;
    case TURN_OUTPUT_ENDED:
      put_end (self);
      break;
    case TURN_OUTPUT_SKIP:
      send (self, GST_VOICE_OOB, gst_voice_structure_new ("skip",
              "speech", o->skip.speech, NULL), o->time);
      break;
  }
}

static void
advance (GstVoiceTurn * self, gint64 now)
{
  TurnInput done = {.type = TURN_INPUT_NO_REPLY };

  turn_core_advance (self->core, now);
  if (!self->done_turn)
    return;
  done.no_reply.turn = self->done_turn;
  self->done_turn = 0;
  turn_core_input (self->core, now, &done);
  turn_core_advance (self->core, now);
}

/* What was proposed under other terms is asked again. */
static void
check_terms (GstVoiceTurn * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  guint terms = gst_voice_session_terms (gst_voice_stage_session (stage));
  TurnInput in = {.type = TURN_INPUT_CONTEXT_CHANGED };

  if (terms == self->terms)
    return;
  self->terms = terms;
  turn_core_input (self->core, gst_voice_stage_now (stage), &in);
}

/* Under simulated time decisions wait until everything of the same instant has
 * come in: the timer is delivered after it. */
static void
decide (GstVoiceTurn * self, gint64 now)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  check_terms (self);
  if (!gst_voice_stage_is_simulated (stage))
    advance (self, now);
  show_caption (self);
  gst_voice_stage_set_timer (stage, TIMER_CORE,
      from_core_time (turn_core_wake_at (self->core)));
}

static TurnConfig
copy_config (GstVoiceTurn * self)
{
  TurnConfig config;

  GST_OBJECT_LOCK (self);
  config = self->config;
  GST_OBJECT_UNLOCK (self);
  if (GST_CLOCK_TIME_IS_VALID (self->stt_wait)
      && !gst_voice_binding_is_set (G_OBJECT (self), "stt-wait"))
    config.stt_wait = to_core_time (self->stt_wait);
  /* Only `playout` keeps back what may be withdrawn. */
  if (self->looked && !self->heard)
    config.preemptive = FALSE;
  return config;
}

/* Where nobody plays what is said, a turn is done with when it is sent, and
 * nothing is sent before it counts. */
static void
look_for_playout (GstVoiceTurn * self)
{
  GstQuery *query = gst_voice_query_new ("ahead");
  TurnConfig config;

  self->looked = TRUE;
  self->heard = gst_pad_peer_query (gst_voice_stage_src_pad (GST_VOICE_STAGE
          (self)), query);
  gst_query_unref (query);
  if (self->heard)
    return;
  GST_INFO_OBJECT (self, "there is no playout");
  config = copy_config (self);
  turn_core_set_config (self->core, &config);
}

/* Another may hear now, in a `fallback`. */
static void
ask_recogniser (GstVoiceTurn * self)
{
  GstQuery *query = gst_voice_query_new ("stt-wait");
  GstClockTime wait = GST_CLOCK_TIME_NONE;
  TurnConfig config;

  if (gst_pad_peer_query (gst_voice_stage_sink_pad (GST_VOICE_STAGE (self)),
          query))
    wait = gst_voice_structure_time (gst_query_get_structure (query), "wait");
  gst_query_unref (query);
  if (wait == self->stt_wait)
    return;
  self->stt_wait = wait;
  config = copy_config (self);
  turn_core_set_config (self->core, &config);
}

static void
feed (GstVoiceTurn * self, const TurnInput * input)
{
  gint64 now = gst_voice_stage_item_time (GST_VOICE_STAGE (self));

  if (input->type == TURN_INPUT_SPEECH_START)
    ask_recogniser (self);
  if (!self->looked)
    look_for_playout (self);
  if (!self->heard) {
    /* A turn that was due is done with before this. */
    advance (self, now);
    if (input->type == TURN_INPUT_SPEECH_BEGINS)
      return;
  }
  turn_core_input (self->core, now, input);
}

static GstFlowReturn
input (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);
  TurnInput in = {.type = TURN_INPUT_FINAL };

  in.transcript.text = text;
  in.transcript.segment = meta ? meta->segment : 0;
  in.transcript.start = meta ? to_core_time (meta->start) : TURN_NONE;
  in.transcript.end = meta ? to_core_time (meta->end) : TURN_NONE;
  self->last_final = gst_voice_stage_item_time (stage);
  feed (self, &in);
  decide (self, self->last_final);
  g_free (text);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
read_sound (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  static const struct
  {
    const gchar *name, *field;
    TurnInputType type;
  } rows[] = {
    {"speech-start", "onset", TURN_INPUT_SPEECH_START},
    {"speech-pause", "end", TURN_INPUT_SPEECH_PAUSE},
    {"speech-more", "onset", TURN_INPUT_SPEECH_MORE},
    {"speech-stop", "end", TURN_INPUT_SPEECH_STOP},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (gst_voice_event_is (event, rows[i].name)) {
      in->type = rows[i].type;
      in->sound.at = to_core_time (gst_voice_structure_time (s, rows[i].field));
      return TRUE;
    }
  }
  return FALSE;
}

/* An interim without words is the recogniser taking its words back. */
static gboolean
read_words (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  if (gst_voice_event_is (event, "interim")) {
    in->transcript.text = gst_voice_structure_string (s, "text");
    in->type = *in->transcript.text ? TURN_INPUT_INTERIM : TURN_INPUT_FINAL;
    in->transcript.segment = gst_voice_structure_uint (s, "segment");
    in->transcript.start = to_core_time (gst_voice_structure_time (s, "start"));
    in->transcript.end = to_core_time (gst_voice_structure_time (s, "end"));
  } else if (gst_voice_event_is (event, "end-of-turn")) {
    in->type = TURN_INPUT_END_OF_TURN;
  } else if (gst_voice_event_is (event, "stt-reset")) {
    in->type = TURN_INPUT_STT_RESET;
  } else if (gst_voice_event_is (event, "expect")) {
    in->type = TURN_INPUT_EXPECT;
    in->expect.kind = INDEX_OF (expect_names,
        gst_voice_structure_string (s, "kind"));
    in->expect.length = gst_voice_structure_uint (s, "length");
  } else {
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_speech (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  if (gst_voice_event_is (event, "speech")) {
    in->type = TURN_INPUT_SPEECH_BEGINS;
    in->begins.speech = gst_voice_structure_uint (s, "speech");
    in->begins.turn = gst_voice_structure_uint (s, "turn");
    in->begins.generation = gst_voice_structure_uint (s, "generation");
    in->begins.source = INDEX_OF (source_names,
        gst_voice_structure_string (s, "source"));
    in->begins.interruptible = gst_voice_structure_boolean (s, "interruptible");
  } else if (gst_voice_event_is (event, "playing")) {
    in->type = TURN_INPUT_PLAYING;
    in->playing.speech = gst_voice_structure_uint (s, "speech");
  } else if (gst_voice_event_is (event, "heard")) {
    in->type = TURN_INPUT_HEARD;
    in->heard.speech = gst_voice_structure_uint (s, "speech");
    in->heard.text = gst_voice_structure_string (s, "text");
    in->heard.position = gst_voice_structure_time (s, "position");
  } else if (gst_voice_event_is (event, "no-reply")) {
    in->type = TURN_INPUT_NO_REPLY;
    in->no_reply.turn = gst_voice_structure_uint (s, "turn");
    in->no_reply.error = strcmp (gst_voice_structure_string (s, "reason"),
        "error") == 0;
  } else {
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_tool (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  GstClockTime after = gst_voice_structure_time (s, "filler-after");

  if (strcmp (gst_voice_structure_string (s, "by"), "tool") != 0)
    return FALSE;
  if (gst_voice_event_is (event, "busy")) {
    in->type = TURN_INPUT_TOOL_BUSY;
    in->tool_busy.call = gst_voice_structure_string (s, "id");
    in->tool_busy.turn = gst_voice_structure_uint (s, "turn");
    in->tool_busy.generation = gst_voice_structure_uint (s, "generation");
    in->tool_busy.write = strcmp (gst_voice_structure_string (s, "access"),
        "write") == 0;
    in->tool_busy.filler = gst_voice_structure_string (s, "filler");
    in->tool_busy.filler_after = to_core_time (after);
    in->tool_busy.keys = gst_voice_structure_boolean (s, "keys");
  } else {
    in->type = TURN_INPUT_TOOL_IDLE;
    in->tool_idle.call = gst_voice_structure_string (s, "id");
    in->tool_idle.goes_on = gst_voice_structure_boolean (s, "goes-on");
  }
  return TRUE;
}

static gboolean
read_request (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  if (gst_voice_event_is (event, "say")) {
    in->type = TURN_INPUT_SAY;
    in->say.text = gst_voice_structure_string (s, "text");
    in->say.interruptible = gst_voice_structure_boolean (s, "interruptible");
    in->say.source = *gst_voice_structure_string (s, "source") ?
        INDEX_OF (source_names, gst_voice_structure_string (s, "source")) :
        TURN_SOURCE_SAY;
    in->say.limit = !in->say.interruptible
        && in->say.source == TURN_SOURCE_GOODBYE;
  } else if (gst_voice_event_is (event, "hangup")) {
    in->type = TURN_INPUT_HANGUP;
    in->hangup.by = INDEX_OF (by_names, gst_voice_structure_string (s, "by"));
    in->hangup.reason = gst_voice_structure_string (s, "reason");
    in->hangup.now = gst_voice_structure_boolean (s, "now");
  } else if (gst_voice_event_is (event, "disconnected")) {
    in->type = TURN_INPUT_DISCONNECT;
  } else if (gst_voice_event_is (event, "action")) {
    const gchar *what = gst_voice_structure_string (s, "what");

    in->type = strcmp (what, "interrupt") == 0 ? TURN_INPUT_INTERRUPT :
        strcmp (what, "commit") == 0 ? TURN_INPUT_COMMIT :
        strcmp (what, "clear") == 0 ? TURN_INPUT_CLEAR : TURN_INPUT_TEXT;
    if (in->type == TURN_INPUT_INTERRUPT)
      in->interrupt.force = gst_voice_structure_boolean (s, "force");
    else if (in->type == TURN_INPUT_COMMIT)
      in->commit.force = gst_voice_structure_boolean (s, "force");
    else if (in->type == TURN_INPUT_TEXT)
      in->line.text = gst_voice_structure_string (s, "text");
  } else {
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_written (GstEvent * event, const GstStructure * s, TurnInput * in)
{
  if (gst_voice_event_is (event, "typed")) {
    in->type = TURN_INPUT_TEXT;
    in->line.text = gst_voice_structure_string (s, "text");
  } else if (gst_voice_event_is (event, "dtmf")) {
    in->type = TURN_INPUT_KEY;
    in->key.key = g_ascii_toupper (*gst_voice_structure_string (s, "digit"));
  } else {
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_event (GstEvent * event, TurnInput * in)
{
  const GstStructure *s = gst_voice_event_parse (event);

  return s && (read_sound (event, s, in) || read_words (event, s, in)
      || read_speech (event, s, in) || read_tool (event, s, in)
      || read_written (event, s, in) || read_request (event, s, in));
}

/* Whether the event is for the core; and whether it ends here. */
static gboolean
is_for_core (GstEvent * event, gboolean * ends)
{
  TurnInput in;

  if (!read_event (event, &in))
    return FALSE;
  *ends = in.type == TURN_INPUT_SAY || in.type == TURN_INPUT_HANGUP
      || in.type == TURN_INPUT_TOOL_BUSY || in.type == TURN_INPUT_TOOL_IDLE
      || in.type == TURN_INPUT_EXPECT || in.type == TURN_INPUT_NO_REPLY
      || gst_voice_event_is (event, "action");
  return TRUE;
}

static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  TurnInput in;

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
    decide (self, gst_voice_stage_now (stage));
    return FALSE;
  }
  if (!read_event (event, &in))
    return FALSE;
  if (in.type == TURN_INPUT_KEY || gst_voice_event_is (event, "typed"))
    report (self, gst_structure_copy (gst_voice_event_parse (event)),
        gst_voice_stage_item_time (stage));
  feed (self, &in);
  decide (self, gst_voice_stage_item_time (stage));
  return TRUE;
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  gboolean ends = FALSE;

  if (is_for_core (event, &ends))
    gst_voice_stage_post_event (stage, gst_event_ref (event));
  return ends;
}

/* What `playout` answers while an interruption is being delivered comes in the
 * task itself and counts at once. Tools and fillers end here, except that
 * `inactivity` must know of tools. */
static gboolean
upstream (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  gboolean ends = FALSE;
  TurnInput in;

  if (!is_for_core (event, &ends))
    return FALSE;
  if (gst_voice_stage_in_task (stage) && read_event (event, &in))
    feed (self, &in);
  else
    gst_voice_stage_post_event (stage, gst_event_ref (event));
  return ends && !gst_voice_event_is (event, "busy")
      && !gst_voice_event_is (event, "idle");
}

static gboolean
src_query (GstVoiceStage * stage, GstQuery * query)
{
  if (!gst_voice_query_is (query, "arbiter"))
    return FALSE;
  gst_structure_set (gst_query_writable_structure (query), "present",
      G_TYPE_BOOLEAN, TRUE, NULL);
  return TRUE;
}

static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);

  if (id == TIMER_CORE) {
    check_terms (self);
    advance (self, gst_voice_stage_now (stage));
  }
  show_caption (self);
  gst_voice_stage_set_timer (stage, TIMER_CORE,
      from_core_time (turn_core_wake_at (self->core)));
}

/* The core says when nothing is left to be said. */
static gboolean
drain (GstVoiceStage * stage)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  TurnInput in = {.type = TURN_INPUT_EOS };

  if (self->over)
    return TRUE;
  self->draining = TRUE;
  feed (self, &in);
  decide (self, gst_voice_stage_item_time (stage));
  return FALSE;
}

static GMutex cache_lock;
static GHashTable *cache;       /* cache_lock: path → TurnWords */

/* Lists stay for the life of the process: they are read-only, and a call that
 * is forked off shares them. NULL without an error: there is no such file. */
static TurnWords *
find_words (const gchar * path, GError ** error)
{
  TurnWords *words;
  gchar *json;

  g_mutex_lock (&cache_lock);
  if (!cache)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) turn_words_unref);
  words = g_hash_table_lookup (cache, path);
  if (!words && g_file_get_contents (path, &json, NULL, NULL)) {
    words = turn_words_new_from_json (json, error);
    g_prefix_error (error, "%s: ", path);
    if (words)
      g_hash_table_insert (cache, g_strdup (path), words);
    g_free (json);
  }
  if (words)
    turn_words_ref (words);
  g_mutex_unlock (&cache_lock);
  return words;
}

static gchar *
words_path (const gchar * tag)
{
  gchar *language = g_strndup (tag, strcspn (tag, "-_"));
  gchar *relative = g_build_filename ("language", language, "turn.json", NULL);
  gchar *path = gst_voice_data_path (relative);

  g_free (relative);
  g_free (language);
  return path;
}

/* The call says if there is none. */
static void
preload (GstVoicePersona * persona)
{
  const gchar *tag = gst_voice_persona_get_string (persona, "language");
  gchar *path = words_path (tag ? tag : DEFAULT_LANGUAGE);
  TurnWords *words = find_words (path, NULL);

  g_clear_pointer (&words, turn_words_unref);
  g_free (path);
}

static TurnWords *
load_words (GstVoiceTurn * self, GError ** error)
{
  gchar *tag, *path;
  TurnWords *words;
  GError *fault = NULL;

  GST_OBJECT_LOCK (self);
  tag = g_strdup (self->language ? self->language : DEFAULT_LANGUAGE);
  GST_OBJECT_UNLOCK (self);
  path = words_path (tag);
  words = find_words (path, &fault);
  if (!words && !fault) {
    GST_WARNING_OBJECT (self, "no word lists for '%s' in %s: only punctuation "
        "tells when a sentence is complete", tag, path);
    words = turn_words_new ();
  }
  if (fault)
    g_propagate_error (error, fault);
  g_free (path);
  g_free (tag);
  return words;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  GstCaps *caps = gst_static_pad_template_get_caps (&src_template);
  TurnConfig config;
  TurnWords *words;

  /* A turn of keys, or of interims, may come before the first final. */
  gst_voice_stage_set_src_caps (stage, caps);
  gst_caps_unref (caps);
  gst_voice_bindings_apply (GST_ELEMENT (stage),
      gst_voice_stage_session (stage), bindings, G_N_ELEMENTS (bindings));
  words = load_words (self, error);
  if (!words)
    return FALSE;
  self->over = self->draining = self->looked = self->heard = FALSE;
  self->stt_wait = GST_CLOCK_TIME_NONE;
  self->done_turn = 0;
  self->terms = gst_voice_session_terms (gst_voice_stage_session (stage));
  config = copy_config (self);
  config.generation =
      gst_voice_session_generation (gst_voice_stage_session (stage));
  self->core = turn_core_new (&config, words, put, self);
  self->caption = turn_caption_new (push_caption, self);
  turn_words_unref (words);
  self->last_final = GST_CLOCK_TIME_NONE;
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);

  g_clear_pointer (&self->core, turn_core_free);
  g_clear_pointer (&self->caption, turn_caption_free);
}

static void
apply_config (GstVoiceStage * stage, gpointer data)
{
  GstVoiceTurn *self = GST_VOICE_TURN (stage);
  TurnConfig config = copy_config (self);

  turn_core_set_config (self->core, &config);
  decide (self, gst_voice_stage_now (stage));
}

static void
post_structure (GstVoiceTurn * self, GstStructure * s)
{
  gst_voice_stage_post_event (GST_VOICE_STAGE (self),
      gst_voice_event_new (GST_VOICE_OOB, NULL, s));
}

static void
do_say (GstVoiceTurn * self, const gchar * text, gboolean interruptible)
{
  post_structure (self, gst_voice_structure_new ("say", "text", text,
          "interruptible", interruptible, "source", "say", NULL));
}

static void
do_interrupt (GstVoiceTurn * self, gboolean force)
{
  post_structure (self, gst_voice_structure_new ("action",
          "what", "interrupt", "force", force, NULL));
}

static void
do_hangup (GstVoiceTurn * self, const gchar * reason)
{
  post_structure (self, gst_voice_structure_new ("hangup",
          "reason", reason ? reason : "application", "by", "application",
          "now", FALSE, NULL));
}

static void
do_commit (GstVoiceTurn * self, gboolean force)
{
  post_structure (self, gst_voice_structure_new ("action", "what", "commit",
          "force", force, NULL));
}

static void
do_clear (GstVoiceTurn * self)
{
  post_structure (self, gst_voice_structure_new ("action", "what", "clear",
          NULL));
}

static void
do_text (GstVoiceTurn * self, const gchar * text)
{
  post_structure (self, gst_voice_structure_new ("action", "what", "text",
          "text", text, NULL));
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceTurn *self = GST_VOICE_TURN (object);

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LANGUAGE:
      g_free (self->language);
      self->language = g_value_dup_string (value);
      break;
    default:
      turn_settings_set (&self->config, id - N_PROPS, value);
  }
  GST_OBJECT_UNLOCK (self);
  /* In READY and below there is no task to take it. */
  gst_voice_stage_post (GST_VOICE_STAGE (self), apply_config, NULL, NULL);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceTurn *self = GST_VOICE_TURN (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LANGUAGE:
      g_value_set_string (value, self->language);
      break;
    default:
      turn_settings_get (&self->config, id - N_PROPS, value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceTurn *self = GST_VOICE_TURN (object);

  g_clear_pointer (&self->core, turn_core_free);
  g_clear_pointer (&self->caption, turn_caption_free);
  g_free (self->language);
  G_OBJECT_CLASS (gst_voice_turn_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  /**
   * GstVoiceTurn:language:
   *
   * BCP 47. Its word lists are `language/<language>/turn.json` of the data
   * files. The persona's, if it is not set.
   */
  g_object_class_install_property (klass, PROP_LANGUAGE,
      g_param_spec_string ("language", "Language",
          "The language of the caller (BCP 47)", NULL, G_PARAM_READWRITE |
          G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  turn_settings_install (klass, N_PROPS);
}

static guint
action_signal (const gchar * name, GCallback handler, guint n, GType a, GType b)
{
  return g_signal_new_class_handler (name, GST_TYPE_VOICE_TURN,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, handler, NULL, NULL, NULL,
      G_TYPE_NONE, n, a, b);
}

static void
install_signals (void)
{
  /**
   * GstVoiceTurn::say:
   * @turn: the element
   * @text: the words
   * @interruptible: whether the caller's voice may stop it
   *
   * Says something when its time has come.
   */
  signals[SIGNAL_SAY] = action_signal ("say", G_CALLBACK (do_say), 2,
      G_TYPE_STRING, G_TYPE_BOOLEAN);
  /**
   * GstVoiceTurn::interrupt:
   * @turn: the element
   * @force: also what the caller may not interrupt
   *
   * The agent stops at once.
   */
  signals[SIGNAL_INTERRUPT] = action_signal ("interrupt",
      G_CALLBACK (do_interrupt), 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  /**
   * GstVoiceTurn::hangup:
   * @turn: the element
   * @reason: (nullable): why
   *
   * The call ends after what is being said.
   */
  signals[SIGNAL_HANGUP] = action_signal ("hangup", G_CALLBACK (do_hangup), 1,
      G_TYPE_STRING, G_TYPE_NONE);
  /**
   * GstVoiceTurn::commit:
   * @turn: the element
   * @force: without waiting for the recogniser's last words
   *
   * The caller has finished (mode `manual`).
   */
  signals[SIGNAL_COMMIT] = action_signal ("commit", G_CALLBACK (do_commit), 1,
      G_TYPE_BOOLEAN, G_TYPE_NONE);
  /**
   * GstVoiceTurn::clear:
   * @turn: the element
   *
   * Forgets what the caller has said and was not answered.
   */
  signals[SIGNAL_CLEAR] = action_signal ("clear", G_CALLBACK (do_clear), 0,
      G_TYPE_NONE, G_TYPE_NONE);
  /**
   * GstVoiceTurn::text:
   * @turn: the element
   * @text: a line that the caller has written
   *
   * A whole turn, written and not spoken.
   */
  signals[SIGNAL_TEXT] = action_signal ("text", G_CALLBACK (do_text), 1,
      G_TYPE_STRING, G_TYPE_NONE);
}

static void
gst_voice_turn_class_init (GstVoiceTurnClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  install_signals ();
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Turn taking",
      "Text/Filter", "Decides when the caller has finished and when the agent "
      "must stop", "gst-voice");
  gst_voice_preload_add (preload);
  stage_class->hears = TRUE;
  stage_class->rank = GST_VOICE_ALARM_DEADLINE;
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->input = input;
  stage_class->event = event_in_task;
  stage_class->timer = timer;
  stage_class->drain = drain;
  stage_class->oob = oob;
  stage_class->upstream = upstream;
  stage_class->src_query = src_query;
}

static void
gst_voice_turn_init (GstVoiceTurn * self)
{
  turn_config_init (&self->config);
}
