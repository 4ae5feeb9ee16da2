/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How often the agent's own voice stops it, and what it costs the caller that
 * it does not.
 *
 * The agent talks without end and hears itself: what it plays comes back later
 * and fainter, through a small room, over a line with a little noise. Voice
 * activity detection and the turn core listen to that in virtual time, and
 * what they stop is stopped. Nobody else is there, so every stop is false.
 * Then people interrupt, and when the agent stops is compared with the same
 * call without an echo.
 */
#include "echo-core.h"
#include "figures.h"
#include "playout-level.h"
#include "turn-core.h"
#include "vad-core.h"

#include <flite/flite.h>
#include <gst-voice/data.h>
#include <math.h>
#include <string.h>

#define RATE 16000
#define STEP (RATE / 100)
#define TAPS 24
#define NOISE 56.7              /* -60 dBFS */
#define HUMAN "/usr/share/pocketsphinx/test/data/"

cst_voice *register_cmu_us_awb (const char *);
cst_voice *register_cmu_us_rms (const char *);
cst_voice *register_cmu_us_slt (const char *);

static const gchar text[] = "Thank you for calling. We are open from Monday "
    "to Friday, from nine in the morning until half past five. On Saturdays "
    "you can reach us until noon. If you want to change an appointment, "
    "please have your reference number at hand. It has eight digits, and you "
    "find it at the top of our letter. New patients are welcome, but they "
    "have to wait for about three weeks. In an emergency please go to the "
    "hospital in Park Street, where a doctor is on duty day and night. "
    "Parking is free for the first two hours. Bus number seven stops in front "
    "of the door, and the railway station is ten minutes away on foot.";

static const gchar *const readers[] = {
  "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
  "librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
  "librivox/sense_and_sensibility_01_austen_64kb-0890.wav",
  "librivox/sense_and_sensibility_01_austen_64kb-0920.wav",
  "librivox/sense_and_sensibility_01_austen_64kb-0930.wav",
};

static const gchar *const callers[] = {
  "goforward.raw", "numbers.raw", "something.raw", "cards/001.wav",
  "cards/002.wav", "cards/003.wav", "cards/004.wav", "cards/005.wav",
};

typedef struct
{
  gint16 *pcm;
  gsize n;
} Sound;

/* One call. */
typedef struct
{
  /* what it is */
  const Sound *voice;
  gint delay;                   /* steps */
  gdouble echo;                 /* dB, or 0: none */
  gboolean told;                /* what is played */
  gboolean thin;                /* the loudspeaker */
  gint first;                   /* step of the first interruption */

  /* how it goes */
  VadCore *vad;
  TurnCore *turn;
  TurnWords *words;
  PlayoutLevel level;
  GRand *noise;
  gfloat *out;                  /* what was played, from the start */
  gsize at;                     /* of the voice */
  gint64 step;
  gboolean held;
  gfloat taps[TAPS];
  gint offsets[TAPS];
  guint stops, played;          /* times; steps */
  GArray *stopped;              /* steps of gint */
} Call;

static const VadModel *model;

/* To a level of what is spoken, not counting the pauses. */
static void
set_level (Sound * sound, gdouble dbfs)
{
  gdouble sum = 0, most = 0, gain;
  gsize blocks = sound->n / STEP, n = 0;
  gdouble *power = g_new0 (gdouble, blocks);

  for (gsize b = 0; b < blocks; b++) {
    for (gsize i = 0; i < STEP; i++)
      power[b] += pow (sound->pcm[b * STEP + i] / 32768., 2) / STEP;
    most = MAX (most, power[b]);
  }
  for (gsize b = 0; b < blocks; b++) {
    if (power[b] > most * 1e-3) {
      sum += power[b];
      n++;
    }
  }
  g_free (power);
  gain = pow (10., dbfs / 20.) / sqrt (sum / MAX (n, 1));
  for (gsize i = 0; i < sound->n; i++)
    sound->pcm[i] = CLAMP (sound->pcm[i] * gain, G_MININT16, G_MAXINT16);
}

static void
append (Sound * sound, const gint16 * pcm, gsize n)
{
  sound->pcm = g_renew (gint16, sound->pcm, sound->n + n);
  memcpy (sound->pcm + sound->n, pcm, n * sizeof (gint16));
  sound->n += n;
}

static gboolean
append_file (Sound * sound, const gchar * name)
{
  gchar *path = g_strconcat (HUMAN, name, NULL), *data;
  gsize size, skip = g_str_has_suffix (name, ".wav") ? 44 : 0;
  gboolean found = g_file_get_contents (path, &data, &size, NULL);

  g_free (path);
  if (!found)
    return FALSE;
  append (sound, (gint16 *) (gpointer) (data + skip), (size - skip) / 2);
  g_free (data);
  return TRUE;
}

/* The same people a little faster or slower, and so higher or lower. */
static void
append_at_speed (Sound * sound, const Sound * from, gdouble speed)
{
  gsize n = (from->n - 1) / speed;
  gint16 *pcm = g_new (gint16, n);

  for (gsize i = 0; i < n; i++) {
    gsize k = i * speed;
    gdouble part = i * speed - k;

    pcm[i] = from->pcm[k] * (1 - part) + from->pcm[k + 1] * part;
  }
  append (sound, pcm, n);
  g_free (pcm);
}

static gboolean
make_human (Sound * sound)
{
  static const gdouble speeds[] = { 1., .88, 1.12, .94, 1.06 };
  Sound plain = { NULL, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    if (!append_file (&plain, readers[i]))
      return FALSE;
  }
  set_level (&plain, -20.);
  for (guint i = 0; i < G_N_ELEMENTS (speeds); i++)
    append_at_speed (sound, &plain, speeds[i]);
  g_free (plain.pcm);
  return TRUE;
}

static void
make_synthetic (Sound * sound)
{
  cst_voice *voices[] = { register_cmu_us_slt (NULL),
    register_cmu_us_rms (NULL), register_cmu_us_awb (NULL)
  };

  for (guint i = 0; i < G_N_ELEMENTS (voices); i++) {
    cst_wave *wave = flite_text_to_wave (text, voices[i]);
    Sound one = { NULL, 0 };

    append (&one, wave->samples, wave->num_samples);
    set_level (&one, -20.);
    append (sound, one.pcm, one.n);
    g_free (one.pcm);
    delete_wave (wave);
  }
}

/* What the way back makes of the voice, not counting the level. */
static gdouble
power_gain (const Call * call)
{
  const gint16 *pcm = call->voice->pcm;
  gdouble in = 0, out = 0;

  for (gsize n = RATE / 8; n < 20 * RATE; n++) {
    gdouble sum = 0;

    for (gint i = 0; i < TAPS; i++)
      sum += call->taps[i] * pcm[n - call->offsets[i]];
    in += pcm[n] * pcm[n];
    out += sum * sum;
  }
  return out / in;
}

/* The way back: at once, and what a small room adds to it. A thin loudspeaker
 * has 15 dB less of the low tones than of the high ones. */
static void
make_room (Call * call)
{
  GRand *rand = g_rand_new_with_seed (7);
  gdouble gain;

  for (gint i = 1; i < TAPS; i++) {
    call->offsets[i] = g_rand_int_range (rand, 16, RATE / 8);
    call->taps[i] = g_rand_double_range (rand, -.5, .5) *
        exp (-call->offsets[i] / (.03 * RATE));
  }
  call->taps[0] = 1.;
  if (call->thin) {
    call->offsets[1] = 2;
    call->taps[1] = -.7;
  }
  gain = pow (10., call->echo / 20.) / sqrt (power_gain (call));
  for (gint i = 0; i < TAPS; i++)
    call->taps[i] *= gain;
  g_rand_free (rand);
}

static void
turn_output (const TurnOutput * output, gpointer data)
{
  Call *call = data;
  gint step = call->step;

  if (output->type == TURN_OUTPUT_HOLD) {
    call->stops++;
    call->held = TRUE;
    g_array_append_val (call->stopped, step);
  } else if (output->type == TURN_OUTPUT_RESUME) {
    call->held = FALSE;
  }
}

static void
tell_turn (Call * call, TurnInputType type, gint64 at)
{
  TurnInput input = {.type = type };

  if (type == TURN_INPUT_SPEECH_BEGINS) {
    input.begins.speech = 1;
    input.begins.interruptible = TRUE;
    input.begins.source = TURN_SOURCE_GREETING;
  } else if (type == TURN_INPUT_PLAYING) {
    input.playing.speech = 1;
  } else {
    input.sound.at = at;
  }
  turn_core_input (call->turn, TURN_MS (call->step * 10), &input);
}

static void
play (Call * call, gint16 * pcm)
{
  for (gint i = 0; i < STEP; i++) {
    pcm[i] = call->held ? 0 : call->voice->pcm[call->at++];
    if (call->at == call->voice->n)
      call->at = 0;
    call->out[call->step * STEP + i] = pcm[i];
  }
  call->played += !call->held;
}

static gfloat
echo_at (const Call * call, gint64 sample)
{
  gfloat sum = 0;

  for (gint i = 0; i < TAPS && call->echo < 0; i++) {
    gint64 from = sample - call->delay * STEP - call->offsets[i];

    if (from >= 0)
      sum += call->taps[i] * call->out[from];
  }
  return sum;
}

static void
hear (Call * call, const Sound * caller, gint64 caller_at)
{
  static const TurnInputType types[] = {
    [VAD_START] = TURN_INPUT_SPEECH_START,
    [VAD_PAUSE] = TURN_INPUT_SPEECH_PAUSE,
    [VAD_MORE] = TURN_INPUT_SPEECH_MORE,
    [VAD_STOP] = TURN_INPUT_SPEECH_STOP,
  };
  gint16 pcm[STEP];
  const gint16 *at = pcm;
  gsize n = STEP;
  VadFrame frame;

  for (gint i = 0; i < STEP; i++) {
    gfloat noise = g_rand_double_range (call->noise, -NOISE, NOISE);
    gfloat x = echo_at (call, call->step * STEP + i) + noise;
    gint64 k = caller_at + i;

    if (caller && k >= 0 && k < (gint64) caller->n)
      x += caller->pcm[k];
    pcm[i] = CLAMP (x, G_MININT16, G_MAXINT16);
  }
  while (vad_core_push (call->vad, &at, &n, &frame)) {
    if (frame.event != VAD_NOTHING)
      tell_turn (call, types[frame.event], TURN_MS (frame.when * 1000 / RATE));
  }
}

static void
tell_played (Call * call, const gint16 * pcm)
{
  gfloat level = playout_level_step (&call->level, pcm, STEP);

  level = level <= ' ' ? -96.f : level - '~';
  if (call->told)
    vad_core_played (call->vad, call->step * STEP, &level, 1);
}

static void
call_begin (Call * call, gint steps)
{
  TurnConfig config;

  turn_config_init (&config);
  call->words = turn_words_new ();
  call->turn = turn_core_new (&config, call->words, turn_output, call);
  call->vad = vad_core_new (model, RATE);
  call->noise = g_rand_new_with_seed (1);
  call->out = g_new (gfloat, (gsize) steps * STEP);
  call->stopped = g_array_new (FALSE, FALSE, sizeof (gint));
  playout_level_init (&call->level, RATE);
  make_room (call);
  tell_turn (call, TURN_INPUT_SPEECH_BEGINS, 0);
  tell_turn (call, TURN_INPUT_PLAYING, 0);
  vad_core_freeze (call->vad, TRUE);
}

static void
call_end (Call * call)
{
  turn_core_free (call->turn);
  turn_words_unref (call->words);
  vad_core_free (call->vad);
  g_rand_free (call->noise);
  g_free (call->out);
  g_array_unref (call->stopped);
}

/* Every twelve seconds somebody begins to speak. */
#define EVERY 1200

static void
call_run (Call * call, gint steps, const Sound * people, guint n_people)
{
  gint16 pcm[STEP];

  call_begin (call, steps);
  for (call->step = 0; call->step < steps; call->step++) {
    gint64 since = call->step - call->first;
    const Sound *who = n_people > 0 && since >= 0 ?
        &people[since / EVERY % n_people] : NULL;

    play (call, pcm);
    tell_played (call, pcm);
    hear (call, who, since % EVERY * STEP);
    turn_core_advance (call->turn, TURN_MS (call->step * 10));
  }
}

static gdouble
false_stops (const Sound * voice, gint delay_ms, gdouble echo, gboolean told,
    gboolean thin)
{
  Call call = {.voice = voice,.delay = delay_ms / 10,.echo = echo,
    .told = told,.thin = thin
  };
  gdouble rate;

  call_run (&call, told ? 60000 : 12000, NULL, 0);
  rate = call.stops * 6000. / MAX (call.played, 1);
  call_end (&call);
  return rate;
}

/* In steps after each began to speak; -1 where nothing was stopped. */
static GArray *
latencies (const Sound * voice, gint delay_ms, gdouble echo, gboolean told,
    const Sound * people, guint n_people, gint first, gint rounds)
{
  Call call = {.voice = voice,.delay = delay_ms / 10,.echo = echo,
    .told = told,.first = first
  };
  GArray *result = g_array_new (FALSE, FALSE, sizeof (gint));
  guint k = 0;

  call_run (&call, EVERY * rounds, people, n_people);
  for (gint begin = first; begin < EVERY * rounds; begin += EVERY) {
    gint late = -1, stopped;

    for (; k < call.stopped->len; k++) {
      stopped = g_array_index (call.stopped, gint, k);
      if (stopped >= begin + EVERY)
        break;
      if (stopped >= begin && stopped < begin + 500 && late < 0)
        late = stopped - begin;
    }
    g_array_append_val (result, late);
  }
  call_end (&call);
  return result;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  return *(const gint *) a - *(const gint *) b;
}

/* How much later than in the call without an echo. */
static void
compare_row (const gchar * what, const gchar * budget, GArray * plain,
    GArray * echo)
{
  GArray *more = g_array_new (FALSE, FALSE, sizeof (gint));
  guint lost = 0, known = 0;

  for (guint i = 0; i < plain->len; i++) {
    gint a = g_array_index (plain, gint, i), b = g_array_index (echo, gint, i);
    gint late = (b - a) * 10;

    known += a >= 0;
    if (a >= 0 && b < 0)
      lost++;
    else if (a >= 0)
      g_array_append_val (more, late);
  }
  g_array_sort (more, compare);
  figures_row (what, budget, "%d / %d / %d, %u of %u lost",
      g_array_index (more, gint, more->len / 2),
      g_array_index (more, gint, more->len * 9 / 10),
      g_array_index (more, gint, more->len - 1), lost, known);
  g_array_unref (more);
}

static void
barge_in (const Sound * voice, const Sound * people, guint n, gdouble level,
    gdouble echo)
{
  static const gint delays[] = { 100, 300, 600 };
  GArray *plain = latencies (voice, 0, 0, FALSE, people, n, 400, 48);

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++) {
    gchar *what = g_strdup_printf ("caller %g dBFS, echo %g dB %d ms: ms late",
        level, echo, delays[i]);
    GArray *late = latencies (voice, delays[i], echo, TRUE, people, n, 400, 48);

    compare_row (what, level >= -26 ? "<= 50, 0 lost" : "", plain, late);
    g_array_unref (late);
    g_free (what);
  }
  g_array_unref (plain);
}

/* Half a second after the agent's first word, when nothing is known. */
static void
barge_in_early (const Sound * voice, const Sound * people, guint n,
    gdouble level)
{
  GArray *all[2];
  gchar *what = g_strdup_printf ("caller %g dBFS, no echo, at once: ms late",
      level);

  for (gint told = 0; told <= 1; told++) {
    all[told] = g_array_new (FALSE, FALSE, sizeof (gint));
    for (guint i = 0; i < n; i++) {
      GArray *one = latencies (voice, 0, 0, told, &people[i], 1, 50, 1);

      g_array_append_vals (all[told], one->data, one->len);
      g_array_unref (one);
    }
  }
  compare_row (what, level >= -26 ? "<= 50, 0 lost" : "", all[0], all[1]);
  g_array_unref (all[0]);
  g_array_unref (all[1]);
  g_free (what);
}

static void
report_callers (const Sound * voice, gdouble level)
{
  Sound people[G_N_ELEMENTS (callers)] = { 0 };
  const guint n = G_N_ELEMENTS (callers);

  for (guint i = 0; i < n; i++) {
    append_file (&people[i], callers[i]);
    set_level (&people[i], level);
  }
  barge_in (voice, people, n, level, -20);
  barge_in_early (voice, people, n, level);
  for (guint i = 0; i < n; i++)
    g_free (people[i].pcm);
}

static void
report (const gchar * name, const Sound * voice, gdouble echo, gboolean told,
    gboolean thin)
{
  static const gint delays[] = { 100, 200, 300, 450, 600 };
  GString *row = g_string_new (NULL);
  gchar *what = g_strdup_printf ("%s %g dB%s%s, false stops a minute", name,
      echo, thin ? ", thin" : "", told ? "" : ", not told");

  for (guint d = 0; d < G_N_ELEMENTS (delays); d++)
    g_string_append_printf (row, told ? "%s%.2f" : "%s%.0f", d ? " / " : "",
        false_stops (voice, delays[d], echo, told, thin));
  figures_row (what, told && !thin
      && echo <= -20 ? "< 0.1" : "", "%s", row->str);
  g_string_free (row, TRUE);
  g_free (what);
}

static void
report_voice (const gchar * name, const Sound * voice)
{
  static const gdouble echoes[] = { -14, -20, -26 };

  for (guint i = 0; i < G_N_ELEMENTS (echoes); i++) {
    report (name, voice, echoes[i], FALSE, FALSE);
    report (name, voice, echoes[i], TRUE, FALSE);
  }
  report (name, voice, -20, TRUE, TRUE);
}

/* What it takes to tell and to know how loud the agent is, at 24 kHz. */
static void
report_cost (const Sound * voice)
{
  enum
  { SECONDS = 1000, RATE_OUT = 24000 };
  gdouble begin = figures_cpu_seconds ();
  PlayoutLevel level;
  EchoCore core;

  echo_core_reset (&core);
  playout_level_init (&level, RATE_OUT);
  for (gint64 step = 0; step < SECONDS * 100; step++) {
    const gint16 *pcm = voice->pcm + step % 100 * (RATE_OUT / 100);
    gfloat loud = playout_level_step (&level, pcm, RATE_OUT / 100) - '~';

    echo_core_played (&core, step, loud);
    echo_core_hears (&core, step, loud - 20.f, 1.f);
  }
  figures_row ("echo, % of a core while the agent speaks", "<= 0.05", "%.3f",
      100. * (figures_cpu_seconds () - begin) / SECONDS);
}

int
main (void)
{
  gchar *path = gst_voice_data_path ("vad/vad-weights.f32"), *weights;
  Sound human = { NULL, 0 }, synthetic = { NULL, 0 };
  gsize size;

  if (g_file_get_contents (path, &weights, &size, NULL)) {
    model = vad_model_new (weights, size, NULL);
    g_free (weights);
  }
  if (!model) {
    g_printerr ("no model in %s\n", path);
    return 1;
  }
  if (!make_human (&human)) {
    g_printerr ("pocketsphinx-testdata is not installed\n");
    return 1;
  }
  flite_init ();
  make_synthetic (&synthetic);
  report_cost (&human);
  report_voice ("human", &human);
  report_voice ("synthetic", &synthetic);
  report_callers (&human, -20);
  report_callers (&human, -26);
  report_callers (&human, -32);
  g_free (human.pcm);
  g_free (synthetic.pcm);
  g_free (path);
  return 0;
}
