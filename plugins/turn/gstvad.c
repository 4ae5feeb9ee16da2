/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-vad
 * @title: vad
 *
 * Says when the caller speaks. The sound passes untouched and without delay;
 * every buffer gets a #GstAudioLevelMeta with its level and whether it is
 * speech.
 *
 * A network gives the probability of speech every 10 ms, at any rate
 * (data/vad/MODEL_CARD.md). Sends `voice/speech-start`, `voice/speech-pause`,
 * `voice/speech-more` and `voice/speech-stop` downstream, out of band, and
 * reports them; each carries the true time of the onset or the end, which lies
 * before the decision. The same element message as of `webrtcdsp` is posted
 * when speech begins and ends: `voice-activity` with
 *
 * - #guint64 `stream-time`: of the decision
 * - #gboolean `stream-has-voice`: whether it began or ended
 * - #GstClockTime `running-time`: of the decision
 * - #gdouble `probability`: of the frame that decided it
 *
 * Faint callers are amplified for the network. From `voice/playing` to
 * `voice/heard`, which come upstream from `playout`, that gain does not rise,
 * so that the agent's echo is not taken for one. What may be that echo by its
 * level is no speech: `playout` tells how loud the agent is with
 * `voice/played`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m audiotestsrc num-buffers=50 ! \
 *   audio/x-raw,rate=16000,channels=1 ! vad ! fakesink
 * ]|
 */
/*
 * Threads: the streaming thread has the core; properties and upstream events
 * come from any.
 * Locks: the object lock guards what those set. `models_lock` guards the
 * models of the process; no other is taken under it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstvad.h"

#include "vad-core.h"

#include <gst-voice/data.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <gst/audio/audio.h>
#include <math.h>

GST_DEBUG_CATEGORY_STATIC (vad_debug);
#define GST_CAT_DEFAULT vad_debug

/* Time stamps may be off by this much before it is a gap. */
#define TOLERANCE (40 * GST_MSECOND)
/* Of what the agent has played so much waits for the caller's sound. */
#define PLAYED_MAX 16
#define STEPS_MAX 100
/* As `voice/played` has it. */
#define FULL_SCALE 126
#define SILENCE (-96.f)
/* So much silence, beside min-silence, lets the network settle. */
#define SETTLE_MS 500
#define MS_MAX 10000

typedef struct
{
  gchar *path;
  VadModel *model;
  guint users;
} SharedModel;

static GMutex models_lock;
static GList *models;           /* of SharedModel */

struct _GstVoiceVad
{
  GstAudioFilter parent;

  /* state changes only */
  GstVoiceSession *session;
  SharedModel *model;

  /* object lock */
  gchar *path;
  VadSettings settings;
  gboolean level_control;
  guint playing;                /* the speech that plays, or 0 */
  gboolean ending;              /* `voice/end` has been seen */
  GQueue played;                /* of `voice/played`, not yet in the core */

  /* streaming thread */
  VadCore *core;
  gint rate;
  gint64 position;              /* samples that the core has been given */
  GstClockTime next;            /* running time of the next one */
  gint64 told;                  /* the sample of the last event … */
  GstClockTime told_time;       /* … and its time, which does not go back */
};

enum
{
  PROP_MODEL = 1,
  PROP_START,
  PROP_STOP,
  PROP_MIN_SPEECH,
  PROP_PAUSE_AFTER,
  PROP_MIN_SILENCE,
  PROP_LEVEL_CONTROL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceVad, gst_voice_vad,
    GST_TYPE_AUDIO_FILTER, GST_DEBUG_CATEGORY_INIT (vad_debug, "vad", 0,
        "voice activity"));
GST_ELEMENT_REGISTER_DEFINE (vad, "vad", GST_RANK_NONE, GST_TYPE_VOICE_VAD);

static SharedModel *
load_model (const gchar * path, GError ** error)
{
  SharedModel *shared;
  VadModel *model;
  const gchar *why;
  gchar *weights;
  gsize size;

  if (!g_file_get_contents (path, &weights, &size, error))
    return NULL;
  model = vad_model_new (weights, size, &why);
  g_free (weights);
  if (!model) {
    g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, "%s: %s",
        path, why);
    return NULL;
  }
  shared = g_new0 (SharedModel, 1);
  shared->path = g_strdup (path);
  shared->model = model;
  return shared;
}

/* The model in a file, which all elements of the process share. */
static SharedModel *
shared_model_get (const gchar * path, GError ** error)
{
  SharedModel *shared = NULL;

  g_mutex_lock (&models_lock);
  for (GList * l = models; l && !shared; l = l->next) {
    if (g_str_equal (((SharedModel *) l->data)->path, path))
      shared = l->data;
  }
  if (!shared && (shared = load_model (path, error)))
    models = g_list_prepend (models, shared);
  if (shared)
    shared->users++;
  g_mutex_unlock (&models_lock);
  return shared;
}

static void
shared_model_release (SharedModel * shared)
{
  gboolean last;

  g_mutex_lock (&models_lock);
  last = --shared->users == 0;
  if (last)
    models = g_list_remove (models, shared);
  g_mutex_unlock (&models_lock);
  if (last) {
    vad_model_free (shared->model);
    g_free (shared->path);
    g_free (shared);
  }
}

static gboolean
open_model (GstVoiceVad * self)
{
  GError *error = NULL;
  gchar *path;

  GST_OBJECT_LOCK (self);
  path = self->path ? g_strdup (self->path)
      : gst_voice_data_path ("vad/vad-weights.f32");
  GST_OBJECT_UNLOCK (self);
  self->model = shared_model_get (path, &error);
  if (!self->model) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT,
        ("The model of voice activity cannot be used."), ("%s",
            error->message));
    g_error_free (error);
  }
  g_free (path);
  return self->model != NULL;
}

static GstClockTime
time_of (GstVoiceVad * self, gint64 sample)
{
  gint64 off = gst_util_uint64_scale_round (ABS (sample - self->position),
      GST_SECOND, self->rate);

  if (sample >= self->position)
    return self->next + off;
  return self->next - MIN (self->next, (GstClockTime) off);
}

static gint64
sample_at (GstVoiceVad * self, GstClockTime at)
{
  gint64 off = gst_util_uint64_scale_round (ABS (GST_CLOCK_DIFF (self->next,
              at)), self->rate, GST_SECOND);

  return at >= self->next ? self->position + off : self->position - off;
}

/* An end that is told twice, by a pause and by the stop, has one time, even
 * if time stamps have shifted a little since. */
static GstClockTime
true_time (GstVoiceVad * self, gint64 sample)
{
  if (sample != self->told)
    self->told_time = MAX (self->told_time, time_of (self, sample));
  self->told = sample;
  return self->told_time;
}

static void
give_played (GstVoiceVad * self, const GstStructure * s)
{
  const gchar *text = gst_voice_structure_string (s, "levels");
  GstClockTime at = gst_voice_structure_time (s, "running-time");
  float levels[STEPS_MAX];
  gsize n = 0;

  if (!text || !GST_CLOCK_TIME_IS_VALID (at))
    return;
  for (; text[n] && n < STEPS_MAX; n++)
    levels[n] = text[n] > ' ' ? text[n] - FULL_SCALE : SILENCE;
  vad_core_played (self->core, sample_at (self, at), levels, n);
}

/* What `playout` has said of how loud the agent was. */
static void
take_played (GstVoiceVad * self)
{
  GQueue played;
  GstEvent *event;

  GST_OBJECT_LOCK (self);
  played = self->played;
  g_queue_init (&self->played);
  GST_OBJECT_UNLOCK (self);
  while ((event = g_queue_pop_head (&played))) {
    give_played (self, gst_voice_event_parse (event));
    gst_event_unref (event);
  }
}

static void
post_activity (GstVoiceVad * self, const VadFrame * frame, GstClockTime at)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime stream = GST_CLOCK_TIME_NONE;

  if (segment->format == GST_FORMAT_TIME)
    stream = gst_segment_to_stream_time (segment, GST_FORMAT_TIME,
        gst_segment_position_from_running_time (segment, GST_FORMAT_TIME, at));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("voice-activity", "stream-time", G_TYPE_UINT64,
              stream, "stream-has-voice", G_TYPE_BOOLEAN,
              frame->event == VAD_START, "running-time", GST_TYPE_CLOCK_TIME,
              at, "probability", G_TYPE_DOUBLE, (gdouble) frame->probability,
              NULL)));
}

/* `position` and `next` say which sample has which time. */
static void
tell (GstVoiceVad * self, const VadFrame * frame)
{
  static const struct
  {
    const gchar *name, *field;
  } events[] = {
    [VAD_START] = {"speech-start", "onset"},
    [VAD_PAUSE] = {"speech-pause", "end"},
    [VAD_MORE] = {"speech-more", "onset"},
    [VAD_STOP] = {"speech-stop", "end"},
  };
  GstClockTime at = time_of (self, frame->at);
  GstClockTime when = true_time (self, frame->when);
  GstStructure *s = gst_voice_structure_new (events[frame->event].name,
      "running-time", at, events[frame->event].field, when, NULL);

  GST_DEBUG_OBJECT (self, "%s %" GST_TIME_FORMAT " at %" GST_TIME_FORMAT,
      events[frame->event].name, GST_TIME_ARGS (when), GST_TIME_ARGS (at));
  gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self),
      gst_voice_event_new (GST_VOICE_OOB, NULL, gst_structure_copy (s)));
  gst_voice_session_report_at (self->session, GST_ELEMENT (self), s, at, FALSE);
  if (frame->event == VAD_START || frame->event == VAD_STOP)
    post_activity (self, frame, at);
}

static void
hear (GstVoiceVad * self, const gint16 * pcm, gsize n)
{
  gsize left = n;
  VadFrame frame;

  while (vad_core_push (self->core, &pcm, &left, &frame)) {
    if (frame.event != VAD_NOTHING)
      tell (self, &frame);
  }
  self->next = time_of (self, self->position + n);
  self->position += n;
}

/* Time without sound: silence is heard until speech must have ended; what is
 * left of it only passes. */
static void
hear_nothing (GstVoiceVad * self, GstClockTime until)
{
  static const gint16 silence[480];
  gint64 left, most;

  if (!GST_CLOCK_TIME_IS_VALID (self->next) || until <= self->next)
    return;
  left = gst_util_uint64_scale_round (until - self->next, self->rate,
      GST_SECOND);
  GST_OBJECT_LOCK (self);
  most = (gint64) (self->settings.min_silence + SETTLE_MS) * self->rate / 1000;
  GST_OBJECT_UNLOCK (self);
  most = MIN (most, left);
  for (gint64 done = 0; done < most; done += G_N_ELEMENTS (silence))
    hear (self, silence, MIN ((gint64) G_N_ELEMENTS (silence), most - done));
  vad_core_skip (self->core, left - most);
  self->position += left - most;
  self->next = until;
}

/* The sound ends, or what comes next has nothing to do with it. */
static void
finish (GstVoiceVad * self)
{
  VadFrame frame;

  if (self->core && vad_core_finish (self->core, &frame))
    tell (self, &frame);
}

static void
start_anew (GstVoiceVad * self)
{
  finish (self);
  if (self->core)
    vad_core_reset (self->core, self->rate);
  self->position = 0;
  self->next = GST_CLOCK_TIME_NONE;
  self->told = -1;
  self->told_time = 0;
}

/* What properties and events have set since the last buffer. Returns whether
 * the call goes on. */
static gboolean
take_settings (GstVoiceVad * self)
{
  gboolean level_control, frozen, ending;
  VadSettings settings;

  GST_OBJECT_LOCK (self);
  settings = self->settings;
  level_control = self->level_control;
  frozen = self->playing != 0;
  ending = self->ending;
  GST_OBJECT_UNLOCK (self);
  vad_core_configure (self->core, &settings);
  vad_core_level_control (self->core, level_control);
  vad_core_freeze (self->core, frozen);
  return !ending;
}

/* Brings `next` to the running time of a buffer or gap. */
static void
move_to (GstVoiceVad * self, GstClockTime running)
{
  GstClockTimeDiff jump;

  if (!GST_CLOCK_TIME_IS_VALID (running)) {
    if (!GST_CLOCK_TIME_IS_VALID (self->next))
      self->next = 0;
    return;
  }
  jump = GST_CLOCK_TIME_IS_VALID (self->next) ?
      GST_CLOCK_DIFF (self->next, running) : 0;
  if (jump > (GstClockTimeDiff) TOLERANCE)
    hear_nothing (self, running);
  else if (jump < -(GstClockTimeDiff) TOLERANCE)
    start_anew (self);
  self->next = running;
}

static GstClockTime
running_time (GstVoiceVad * self, GstClockTime pts)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;

  if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (pts))
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
}

/* -dBov, as RFC 6464 has it. */
static guint8
level_of (const gint16 * pcm, gsize n)
{
  gdouble sum = 0.;

  for (gsize i = 0; i < n; i++)
    sum += pcm[i] * pcm[i];
  if (n == 0 || sum == 0.)
    return 127;
  return CLAMP (-10. * log10 (sum / n / (32768. * 32768.)) + .5, 0., 127.);
}

static void
set_meta (GstBuffer * buffer, guint8 level, gboolean speech)
{
  GstAudioLevelMeta *meta = gst_buffer_get_audio_level_meta (buffer);

  if (meta) {
    meta->level = level;
    meta->voice_activity = speech;
  } else {
    gst_buffer_add_audio_level_meta (buffer, level, speech);
  }
}

static GstFlowReturn
transform_ip (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstVoiceVad *self = GST_VOICE_VAD (trans);
  const gint16 *pcm;
  guint8 level;
  GstMapInfo map;

  if (!take_settings (self))
    return GST_FLOW_EOS;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_ERROR;
  move_to (self, running_time (self, GST_BUFFER_PTS (buffer)));
  take_played (self);
  pcm = (const gint16 *) (gpointer) map.data;
  hear (self, pcm, map.size / 2);
  level = level_of (pcm, map.size / 2);
  gst_buffer_unmap (buffer, &map);
  set_meta (buffer, level, vad_core_speaks (self->core));
  return GST_FLOW_OK;
}

static gboolean
setup (GstAudioFilter * filter, const GstAudioInfo * info)
{
  GstVoiceVad *self = GST_VOICE_VAD (filter);
  gint rate = GST_AUDIO_INFO_RATE (info);
  GstClockTime next = self->next;

  if (self->core && rate == self->rate)
    return TRUE;
  if (self->core) {
    finish (self);
    self->rate = rate;
    start_anew (self);
    self->next = next;
    return TRUE;
  }
  self->rate = rate;
  self->core = vad_core_new (self->model->model, rate);
  return self->core != NULL;
}

static void
take_gap (GstVoiceVad * self, GstEvent * event)
{
  GstClockTime pts, duration, running;

  gst_event_parse_gap (event, &pts, &duration);
  running = running_time (self, pts);
  if (!self->core || !GST_CLOCK_TIME_IS_VALID (running))
    return;
  take_settings (self);
  move_to (self, running);
  take_played (self);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    hear_nothing (self, running + duration);
}

static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceVad *self = GST_VOICE_VAD (trans);
  gboolean flushed = GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP;
  gboolean ret;

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    take_gap (self, event);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    start_anew (self);
  ret = GST_BASE_TRANSFORM_CLASS (gst_voice_vad_parent_class)->sink_event
      (trans, event);
  /* Not before: downstream would not take the end of speech. */
  if (flushed)
    start_anew (self);
  return ret;
}

static void
keep_played_locked (GstVoiceVad * self, GstEvent * event)
{
  if (g_queue_get_length (&self->played) == PLAYED_MAX)
    gst_event_unref (g_queue_pop_head (&self->played));
  g_queue_push_tail (&self->played, gst_event_ref (event));
}

static gboolean
src_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceVad *self = GST_VOICE_VAD (trans);
  const GstStructure *s = gst_voice_event_parse (event);

  if (s) {
    guint speech = gst_voice_structure_uint (s, "speech");

    GST_OBJECT_LOCK (self);
    if (gst_voice_event_is (event, "played"))
      keep_played_locked (self, event);
    else if (gst_voice_event_is (event, "playing"))
      self->playing = speech;
    else if (gst_voice_event_is (event, "heard") && speech >= self->playing)
      self->playing = 0;
    else if (gst_voice_event_is (event, "end"))
      self->ending = TRUE;
    GST_OBJECT_UNLOCK (self);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_voice_vad_parent_class)->src_event
      (trans, event);
}

static gboolean
start (GstBaseTransform * trans)
{
  GstVoiceVad *self = GST_VOICE_VAD (trans);

  GST_OBJECT_LOCK (self);
  self->playing = 0;
  self->ending = FALSE;
  g_queue_clear_full (&self->played, (GDestroyNotify) gst_event_unref);
  GST_OBJECT_UNLOCK (self);
  start_anew (self);
  return TRUE;
}

static gboolean
stop (GstBaseTransform * trans)
{
  g_clear_pointer (&GST_VOICE_VAD (trans)->core, vad_core_free);
  return TRUE;
}

static void
release (GstVoiceVad * self)
{
  g_clear_pointer (&self->model, shared_model_release);
  g_clear_object (&self->session);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceVad *self = GST_VOICE_VAD (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!open_model (self))
      return GST_STATE_CHANGE_FAILURE;
    self->session = gst_voice_session_obtain (element);
  }
  ret = GST_ELEMENT_CLASS (gst_voice_vad_parent_class)->change_state (element,
      transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          ret == GST_STATE_CHANGE_FAILURE))
    release (self);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceVad *self = GST_VOICE_VAD (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MODEL:
      g_free (self->path);
      self->path = g_value_dup_string (value);
      break;
    case PROP_START:
      self->settings.start = g_value_get_double (value);
      break;
    case PROP_STOP:
      self->settings.stop = g_value_get_double (value);
      break;
    case PROP_MIN_SPEECH:
      self->settings.min_speech = g_value_get_uint (value);
      break;
    case PROP_PAUSE_AFTER:
      self->settings.pause_after = g_value_get_uint (value);
      break;
    case PROP_MIN_SILENCE:
      self->settings.min_silence = g_value_get_uint (value);
      break;
    case PROP_LEVEL_CONTROL:
      self->level_control = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceVad *self = GST_VOICE_VAD (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MODEL:
      g_value_set_string (value, self->path);
      break;
    case PROP_START:
      g_value_set_double (value, self->settings.start);
      break;
    case PROP_STOP:
      g_value_set_double (value, self->settings.stop);
      break;
    case PROP_MIN_SPEECH:
      g_value_set_uint (value, self->settings.min_speech);
      break;
    case PROP_PAUSE_AFTER:
      g_value_set_uint (value, self->settings.pause_after);
      break;
    case PROP_MIN_SILENCE:
      g_value_set_uint (value, self->settings.min_silence);
      break;
    case PROP_LEVEL_CONTROL:
      g_value_set_boolean (value, self->level_control);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceVad *self = GST_VOICE_VAD (object);

  release (self);
  g_queue_clear_full (&self->played, (GDestroyNotify) gst_event_unref);
  g_free (self->path);
  G_OBJECT_CLASS (gst_voice_vad_parent_class)->finalize (object);
}

#define MUTABLE (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_PLAYING)

static void
install_thresholds (void)
{
  /**
   * GstVoiceVad:start:
   *
   * The probability from which on sound is speech.
   */
  props[PROP_START] = g_param_spec_double ("start", "Start",
      "Probability from which on sound is speech", 0., 1.,
      vad_settings_default.start, MUTABLE);
  /**
   * GstVoiceVad:stop:
   *
   * The probability under which speech may have ended.
   */
  props[PROP_STOP] = g_param_spec_double ("stop", "Stop",
      "Probability under which speech may have ended", 0., 1.,
      vad_settings_default.stop, MUTABLE);
  /**
   * GstVoiceVad:level-control:
   *
   * Whether faint callers are amplified for the network. The sound that
   * passes is not touched.
   */
  props[PROP_LEVEL_CONTROL] = g_param_spec_boolean ("level-control",
      "Level control", "Whether faint callers are amplified for the network",
      TRUE, MUTABLE);
}

static void
install_times (void)
{
  /**
   * GstVoiceVad:min-speech:
   *
   * How long sound must be speech before it counts.
   */
  props[PROP_MIN_SPEECH] = g_param_spec_uint ("min-speech", "Least speech",
      "How long sound must be speech before it counts, in ms", 0, MS_MAX,
      vad_settings_default.min_speech, MUTABLE);
  /**
   * GstVoiceVad:pause-after:
   *
   * After how much silence a pause is told.
   */
  props[PROP_PAUSE_AFTER] = g_param_spec_uint ("pause-after", "Pause after",
      "After how much silence a pause is told, in ms", 0, MS_MAX,
      vad_settings_default.pause_after, MUTABLE);
  /**
   * GstVoiceVad:min-silence:
   *
   * After how much silence speech is over.
   */
  props[PROP_MIN_SILENCE] = g_param_spec_uint ("min-silence",
      "Least silence", "After how much silence speech is over, in ms", 0,
      MS_MAX, vad_settings_default.min_silence, MUTABLE);
}

static void
install_properties (GObjectClass * klass)
{
  /**
   * GstVoiceVad:model:
   *
   * The file with the weights; %NULL is that which is installed. Read when
   * the element goes to READY.
   */
  props[PROP_MODEL] = g_param_spec_string ("model", "Model",
      "File with the network's weights (unset: the one that is installed)",
      NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY);
  install_thresholds ();
  install_times ();
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_vad_class_init (GstVoiceVadClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);
  GstAudioFilterClass *filter_class = GST_AUDIO_FILTER_CLASS (klass);
  GstCaps *caps = gst_caps_from_string ("audio/x-raw, format = (string) "
      GST_AUDIO_NE (S16) ", layout = (string) interleaved, "
      "rate = (int) [ 8000, 48000 ], channels = (int) 1");

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_audio_filter_class_add_pad_templates (filter_class, caps);
  gst_caps_unref (caps);
  gst_element_class_set_static_metadata (element_class, "Voice activity",
      "Filter/Analyzer/Audio", "Says when the caller speaks", "gst-voice");
  filter_class->setup = GST_DEBUG_FUNCPTR (setup);
  trans_class->transform_ip = GST_DEBUG_FUNCPTR (transform_ip);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (src_event);
  trans_class->start = GST_DEBUG_FUNCPTR (start);
  trans_class->stop = GST_DEBUG_FUNCPTR (stop);
}

static void
gst_voice_vad_init (GstVoiceVad * self)
{
  self->settings = vad_settings_default;
  self->level_control = TRUE;
  self->next = GST_CLOCK_TIME_NONE;
}
