/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call in virtual time. `playout` is modelled as it must be: it stops on
 * hold, goes on at resume from the same sample, answers an interruption at
 * once, and tells when a speech was heard to its end. A frame that is already
 * out cannot be held.
 */
#include "turn-scene.h"

#include <string.h>

#define FRAME 20

/* Each word of a speech lasts 400, the first begins at 100, and there are 100
 * between them; it was heard when half of it was played (R12). */
#define WORD_PERIOD 500
#define FIRST_HEARD 300

typedef struct
{
  gint64 at;
  guint order;
  TurnInput input;
  gchar *text;
} Event;

typedef struct
{
  gint64 start, end;            /* end < 0: it never stops */
} Sound;

typedef struct
{
  guint id;
  gint64 start, length;         /* length < 0: it never plays */
  TurnSource source;
  gboolean interruptible, said;
  gboolean begun, playing, over;
  gint64 played, since;
} Speech;

struct _TurnScene
{
  TurnJudge *judge;
  GArray *events, *sounds, *jumps;
  GPtrArray *speeches;          /* of Speech */
  GPtrArray *notes;             /* of TurnNote */
  gboolean early;               /* speeches begin as soon as they are caused */
  gint64 now;
  guint order, next_event, next_speech;
  gboolean held, stale;         /* what was caused before is not said */
  gboolean replying;            /* a turn waits for its reply */
  guint turn;
};

static const gchar *const interrupt_names[] = {
  "words", "stop", "continued", "action", "limit", "disconnected", "keys"
};

static const gchar *const discard_names[] = {
  "no-words", "backchannel", "duplicate", "stuck", "cleared", "ended",
  "overflow"
};

static const gchar *const commit_names[] = {
  "end-of-turn", "kept", "late", "max-turn", "action", "text",
  "disconnected", "hangup", "keys"
};

void
turn_note_free (TurnNote * note)
{
  g_free (note->reason);
  g_free (note->text);
  g_free (note);
}

static TurnNote *
add_note (TurnScene * scene, const gchar * kind, const gchar * reason,
    const gchar * text)
{
  TurnNote *note = g_new0 (TurnNote, 1);

  note->at = scene->now;
  note->kind = kind;
  note->reason = g_strdup (reason);
  note->text = g_strdup (text);
  note->number = -1;
  g_ptr_array_add (scene->notes, note);
  return note;
}

static void
feed (TurnScene * scene, const TurnInput * input)
{
  turn_judge_input (scene->judge, TURN_MS (scene->now), input);
}

static Speech *
playing (TurnScene * scene)
{
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (speech->playing && !speech->over)
      return speech;
  }
  return NULL;
}

static gint64
position (TurnScene * scene, const Speech * speech)
{
  return speech->played + (scene->held ? 0 : scene->now - speech->since);
}

static void
tell_heard (TurnScene * scene, Speech * speech, gint64 heard)
{
  guint n = heard < FIRST_HEARD ? 0 : (heard - FIRST_HEARD) / WORD_PERIOD + 1;
  GString *text = g_string_new (NULL);
  TurnInput input = {.type = TURN_INPUT_HEARD };

  for (guint i = 0; i < n; i++)
    g_string_append (text, i ? " word" : "word");
  speech->over = TRUE;
  speech->playing = FALSE;
  input.heard.speech = speech->id;
  input.heard.text = text->str;
  input.heard.position = TURN_MS (heard);
  add_note (scene, "heard", NULL, NULL)->number =
      heard == speech->length ? -2 : heard;
  feed (scene, &input);
  g_string_free (text, TRUE);
}

static void
interrupted (TurnScene * scene, gboolean force)
{
  Speech *current = playing (scene);

  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (speech->begun && !speech->playing && !speech->over
        && (!speech->said || speech->interruptible || force))
      speech->over = TRUE;
  }
  scene->stale = TRUE;
  if (current) {
    gint64 at = position (scene, current);

    scene->held = FALSE;
    tell_heard (scene, current, at);
  }
  scene->held = FALSE;
}

static void
held (TurnScene * scene)
{
  Speech *current = playing (scene);

  if (current) {
    gint64 at = position (scene, current);

    if (current->length - at <= FRAME)
      return;
    current->played = at;
  }
  scene->held = TRUE;
}

static void
skipped (TurnScene * scene, guint id)
{
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (speech->id != id || speech->over)
      continue;
    if (speech->playing)
      tell_heard (scene, speech, position (scene, speech));
    speech->over = TRUE;
  }
}

static void
resumed (TurnScene * scene)
{
  Speech *current = playing (scene);

  scene->held = FALSE;
  if (current)
    current->since = scene->now;
}

static void
begin_speech (TurnScene * scene, Speech * speech)
{
  TurnInput input = {.type = TURN_INPUT_SPEECH_BEGINS };

  if (speech->begun)
    return;
  speech->begun = TRUE;
  speech->id = ++scene->next_speech;
  if (scene->turn && speech->source == TURN_SOURCE_SAY && !speech->said)
    speech->source = TURN_SOURCE_REPLY;
  input.begins.speech = speech->id;
  input.begins.turn = speech->source == TURN_SOURCE_REPLY ? scene->turn : 0;
  input.begins.generation =
      turn_core_generation (turn_judge_core (scene->judge));
  input.begins.source = speech->source;
  input.begins.interruptible = speech->interruptible;
  feed (scene, &input);
}

/* A reply or a speech of the beginning, in the order of the scene. */
static Speech *
next_caused (TurnScene * scene)
{
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (!speech->begun && !speech->over && !speech->said)
      return speech;
  }
  return NULL;
}

static void
committed (TurnScene * scene, const TurnOutput * o)
{
  TurnNote *note = add_note (scene, "C", commit_names[o->commit.reason],
      o->commit.text);

  note->merged = o->commit.merges != 0;
  note->no_reply = !o->commit.reply;
  scene->turn = o->commit.turn;
  scene->replying = o->commit.reply;
  scene->stale = FALSE;
}

static void
said (TurnScene * scene, const TurnOutput * o)
{
  Speech *speech = g_new0 (Speech, 1);

  speech->start = scene->now;
  speech->length = 1000;
  speech->source = o->say.source;
  speech->interruptible = o->say.interruptible;
  speech->said = TRUE;
  g_ptr_array_add (scene->speeches, speech);
  add_note (scene, "say", NULL, o->say.text);
}

static void
note_quiet (TurnScene * scene, const TurnOutput * o)
{
  gboolean busy = o->type == TURN_OUTPUT_BUSY;

  add_note (scene, busy ? "busy" : "idle", NULL, NULL)->number =
      (busy ? o->busy.since : o->idle.since) / TURN_MS (1);
}

static void
watch (const TurnOutput * o, gpointer data)
{
  TurnScene *scene = data;

  switch (o->type) {
    case TURN_OUTPUT_COMMIT:
      committed (scene, o);
      break;
    case TURN_OUTPUT_PROPOSE:
      scene->turn = o->propose.turn;
      add_note (scene, "p", NULL, o->propose.text);
      break;
    case TURN_OUTPUT_WITHDRAW:
      add_note (scene, "w", NULL, NULL);
      break;
    case TURN_OUTPUT_INTERRUPT:
      add_note (scene, "I", interrupt_names[o->interrupt.reason], NULL);
      interrupted (scene, o->interrupt.force);
      break;
    case TURN_OUTPUT_HOLD:
      add_note (scene, "h", NULL, NULL);
      held (scene);
      break;
    case TURN_OUTPUT_RESUME:
      add_note (scene, "r", NULL, NULL);
      resumed (scene);
      break;
    case TURN_OUTPUT_DISCARD:
      add_note (scene, "d", discard_names[o->discard.reason], o->discard.text);
      break;
    case TURN_OUTPUT_CORRECT:
      add_note (scene, "correct", NULL, o->correct.text);
      break;
    case TURN_OUTPUT_UNHEARD:
      add_note (scene, "U", NULL, NULL);
      break;
    case TURN_OUTPUT_SAY:
      said (scene, o);
      break;
    case TURN_OUTPUT_HANGUP:
      add_note (scene, "hangup", NULL, NULL);
      break;
    case TURN_OUTPUT_REVOKE:
      add_note (scene, "revoked", NULL, NULL);
      break;
    case TURN_OUTPUT_BUSY:
    case TURN_OUTPUT_IDLE:
      note_quiet (scene, o);
      break;
    case TURN_OUTPUT_OVERFLOW:
      add_note (scene, "overflow", NULL, NULL);
      break;
    case TURN_OUTPUT_ENDED:
      add_note (scene, "ended", NULL, NULL);
      break;
    case TURN_OUTPUT_SKIP:
      add_note (scene, "skip", NULL, NULL);
      skipped (scene, o->skip.speech);
      break;
  }
}

TurnScene *
turn_scene_new (const TurnConfig * config, TurnWords * words, gboolean early)
{
  TurnScene *scene = g_new0 (TurnScene, 1);

  scene->judge = turn_judge_new (config, words, 0, watch, scene);
  scene->events = g_array_new (FALSE, TRUE, sizeof (Event));
  scene->sounds = g_array_new (FALSE, TRUE, sizeof (Sound));
  scene->speeches = g_ptr_array_new_with_free_func (g_free);
  scene->jumps = g_array_new (FALSE, TRUE, sizeof (Sound));
  scene->notes = g_ptr_array_new_with_free_func ((GDestroyNotify)
      turn_note_free);
  scene->early = early;
  return scene;
}

void
turn_scene_free (TurnScene * scene)
{
  for (guint i = 0; i < scene->events->len; i++)
    g_free (g_array_index (scene->events, Event, i).text);
  g_array_unref (scene->events);
  g_array_unref (scene->sounds);
  g_ptr_array_unref (scene->speeches);
  g_array_unref (scene->jumps);
  g_ptr_array_unref (scene->notes);
  turn_judge_free (scene->judge);
  g_free (scene);
}

/* The input's texts are copied; a call's id and filler share one. */
void
turn_scene_input (TurnScene * scene, gint64 at, const TurnInput * input)
{
  Event event = {.at = at,.order = scene->order++,.input = *input };
  TurnInput *in = &event.input;

  switch (in->type) {
    case TURN_INPUT_INTERIM:
    case TURN_INPUT_FINAL:
      in->transcript.text = event.text = g_strdup (in->transcript.text);
      break;
    case TURN_INPUT_SAY:
      in->say.text = event.text = g_strdup (in->say.text);
      break;
    case TURN_INPUT_TEXT:
      in->line.text = event.text = g_strdup (in->line.text);
      break;
    case TURN_INPUT_TOOL_BUSY:
      event.text = g_strdup_printf ("%s%c%s", in->tool_busy.call, 1,
          in->tool_busy.filler ? in->tool_busy.filler : "");
      in->tool_busy.call = event.text;
      in->tool_busy.filler = strchr (event.text, 1) + 1;
      event.text[strlen (event.text) - strlen (in->tool_busy.filler) - 1] = 0;
      break;
    case TURN_INPUT_TOOL_IDLE:
      in->tool_idle.call = event.text = g_strdup (in->tool_idle.call);
      break;
    default:
      break;
  }
  g_array_append_val (scene->events, event);
}

void
turn_scene_sound (TurnScene * scene, gint64 start, gint64 end)
{
  Sound sound = { start, end };

  g_array_append_val (scene->sounds, sound);
}

void
turn_scene_speech (TurnScene * scene, gint64 start, gint64 end,
    TurnSource source, gboolean interruptible)
{
  Speech *speech = g_new0 (Speech, 1);

  speech->start = start;
  speech->length = end < 0 ? -1 : end - start;
  speech->source = source;
  speech->interruptible = interruptible;
  g_ptr_array_add (scene->speeches, speech);
}

void
turn_scene_jump (TurnScene * scene, gint64 start, gint64 end)
{
  Sound jump = { start, end };

  g_array_append_val (scene->jumps, jump);
}

static void
add_sound_event (TurnScene * scene, TurnInputType type, gint64 at, gint64 when)
{
  TurnInput input = {.type = type };

  input.sound.at = TURN_MS (at);
  turn_scene_input (scene, when, &input);
}

/* What `vad` makes of the sounds. */
static void
detect_sounds (TurnScene * scene)
{
  gboolean goes_on = FALSE;

  for (guint i = 0; i < scene->sounds->len; i++) {
    Sound *sound = &g_array_index (scene->sounds, Sound, i);
    Sound *next = i + 1 < scene->sounds->len ? sound + 1 : NULL;

    if (goes_on)
      add_sound_event (scene, TURN_INPUT_SPEECH_MORE, sound->start,
          sound->start + 60);
    else
      add_sound_event (scene, TURN_INPUT_SPEECH_START, sound->start,
          sound->start + 100);
    if (sound->end < 0)
      return;
    add_sound_event (scene, TURN_INPUT_SPEECH_PAUSE, sound->end,
        sound->end + 60);
    goes_on = next && next->start - sound->end < 400;
    if (!goes_on)
      add_sound_event (scene, TURN_INPUT_SPEECH_STOP, sound->end,
          sound->end + 400);
  }
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const Event *x = a, *y = b;

  return x->at != y->at ? (x->at < y->at ? -1 : 1) :
      x->order < y->order ? -1 : 1;
}

static void
feed_event (TurnScene * scene, const Event * event)
{
  TurnInput input = event->input;
  guint generation = turn_core_generation (turn_judge_core (scene->judge));

  if (input.type == TURN_INPUT_TOOL_BUSY) {
    input.tool_busy.turn = scene->turn;
    input.tool_busy.generation = generation;
  } else if (input.type == TURN_INPUT_NO_REPLY) {
    input.no_reply.turn = scene->turn;
  }
  feed (scene, &input);
}

static gint64
end_of (TurnScene * scene, const Speech * speech)
{
  return speech->since + speech->length - speech->played;
}

/* What `playout` and the model do at this moment; whether it was anything. */
static gboolean
play (TurnScene * scene)
{
  Speech *current = playing (scene), *next;
  TurnInput input = {.type = TURN_INPUT_PLAYING };

  if (current) {
    if (scene->held || end_of (scene, current) > scene->now)
      return FALSE;
    tell_heard (scene, current, current->length);
    return TRUE;
  }
  next = next_caused (scene);
  if (next && next->start <= scene->now) {
    if (scene->stale) {
      next->over = TRUE;
      return TRUE;
    }
    begin_speech (scene, next);
    return TRUE;
  }
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (speech->over || speech->start > scene->now || speech->length < 0)
      continue;
    begin_speech (scene, speech);
    if (scene->held)
      return FALSE;
    speech->playing = TRUE;
    speech->since = scene->now;
    input.playing.speech = speech->id;
    feed (scene, &input);
    return TRUE;
  }
  return FALSE;
}

/* A model that is quick announces its reply long before it is played. */
static gboolean
begin_early (TurnScene * scene)
{
  Speech *next = next_caused (scene);

  if (!scene->early || !next || scene->stale || !scene->replying)
    return FALSE;
  scene->replying = FALSE;
  begin_speech (scene, next);
  return TRUE;
}

static void
at_this_moment (TurnScene * scene)
{
  gboolean advanced = FALSE;

  while (scene->next_event < scene->events->len
      && g_array_index (scene->events, Event,
          scene->next_event).at <= scene->now)
    feed_event (scene, &g_array_index (scene->events, Event,
            scene->next_event++));
  for (;;) {
    gboolean any = begin_early (scene);

    while (play (scene))
      any = TRUE;
    if (!any && advanced)
      break;
    turn_judge_advance (scene->judge, TURN_MS (scene->now));
    advanced = TRUE;
  }
}

static gint64
next_moment (TurnScene * scene)
{
  gint64 wake = turn_core_wake_at (turn_judge_core (scene->judge));
  gint64 next = wake < 0 ? G_MAXINT64 : (wake + TURN_MS (1) - 1) / TURN_MS (1);
  Speech *current = playing (scene);

  if (scene->next_event < scene->events->len)
    next = MIN (next, g_array_index (scene->events, Event,
            scene->next_event).at);
  if (current && !scene->held)
    next = MIN (next, end_of (scene, current));
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (!speech->playing && !speech->over && speech->start > scene->now)
      next = MIN (next, speech->start);
  }
  for (guint i = 0; i < scene->jumps->len; i++) {
    Sound *jump = &g_array_index (scene->jumps, Sound, i);

    if (next > jump->start && next < jump->end)
      next = jump->end;
  }
  return MAX (next, scene->now);
}

/**
 * turn_scene_run:
 * @scene: a scene
 * @until: ms
 *
 * Returns: (transfer none): what has happened, of #TurnNote
 */
GPtrArray *
turn_scene_run (TurnScene * scene, gint64 until)
{
  gint64 next;

  detect_sounds (scene);
  g_array_sort (scene->events, by_time);
  at_this_moment (scene);
  while ((next = next_moment (scene)) <= until) {
    if (next == scene->now)
      turn_judge_fail (scene->judge, "time stands still at %" G_GINT64_FORMAT,
          next);
    scene->now = next;
    at_this_moment (scene);
  }
  return scene->notes;
}
