/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-denoise
 * @title: denoise
 *
 * Takes noise out of a voice. #GstVoiceDenoise:method says how; which methods
 * there are depends on how this was built. Noise is not what recognisers
 * suffer from most: see docs/denoise.md before you put it in front of one.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc wave=pink-noise num-buffers=50 ! \
 *   audio/x-raw,rate=16000,channels=1 ! denoise ! fakesink
 * ]|
 */
/*
 * The sound comes out later than it went in, by the latency that is reported,
 * and with the time stamps it went in with: the first samples of a stretch,
 * which are silence of the method's own, are dropped, and what is left inside
 * is pushed at its end.
 *
 * Threads: the streaming thread has the core; properties and queries come
 * from any.
 * Locks: the object lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdenoise.h"

#include "denoise-core.h"

#define DEFAULT_STRENGTH 1.0

enum
{
  PROP_METHOD = 1,
  PROP_STRENGTH,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

struct _GstVoiceDenoise
{
  GstAudioFilter parent;

  /* object lock */
  DenoiseMethod method;
  gdouble strength;
  GstClockTime latency;

  /* streaming thread */
  DenoiseCore *core;
  DenoiseMethod core_method;
  gint rate;
  guint skip;                   /* samples to drop before sound comes out */
  GstClockTime next;            /* PTS of the sample that goes in next */
};

GST_DEBUG_CATEGORY_STATIC (denoise_debug);
#define GST_CAT_DEFAULT denoise_debug

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceDenoise, gst_voice_denoise,
    GST_TYPE_AUDIO_FILTER,
    GST_DEBUG_CATEGORY_INIT (denoise_debug, "denoise", 0, "noise suppression"));
#define parent_class gst_voice_denoise_parent_class

#define GST_TYPE_VOICE_DENOISE_METHOD (method_get_type ())
static GType
method_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {DENOISE_RNNOISE, "RNNoise, a network; works at 48 kHz inside", "rnnoise"},
    {DENOISE_SPEEXDSP, "speexdsp, spectral subtraction", "speexdsp"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoiceDenoiseMethod", values));
  return type;
}

/* The one that does recognisers less harm: docs/denoise.md. */
static DenoiseMethod
default_method (void)
{
  return denoise_core_has (DENOISE_SPEEXDSP) ? DENOISE_SPEEXDSP :
      DENOISE_RNNOISE;
}

static GstClockTime
time_of (GstVoiceDenoise * self, guint64 samples)
{
  return gst_util_uint64_scale_round (samples, GST_SECOND, self->rate);
}

static void
process (GstVoiceDenoise * self, gint16 * pcm, gsize n)
{
  gdouble strength;

  GST_OBJECT_LOCK (self);
  strength = self->strength;
  GST_OBJECT_UNLOCK (self);
  denoise_core_process (self->core, pcm, n, strength);
}

/* The end of a stretch: what is still inside comes out. What the method has
 * learnt of the noise stays. */
static GstBuffer *
take_rest (GstVoiceDenoise * self)
{
  guint latency, n;
  GstBuffer *buffer;
  GstMapInfo map;

  if (!self->core || !GST_CLOCK_TIME_IS_VALID (self->next))
    return NULL;
  latency = denoise_core_latency (self->core);
  n = latency - self->skip;
  buffer = gst_buffer_new_allocate (NULL, 2 * latency, NULL);
  gst_buffer_memset (buffer, 0, 0, 2 * latency);
  gst_buffer_map (buffer, &map, GST_MAP_READWRITE);
  process (self, (gint16 *) (gpointer) map.data, latency);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_resize (buffer, 2 * self->skip, 2 * n);
  GST_BUFFER_PTS (buffer) = self->next - MIN (self->next, time_of (self, n));
  GST_BUFFER_DURATION (buffer) = time_of (self, n);
  self->skip = latency;
  self->next = GST_CLOCK_TIME_NONE;
  return buffer;
}

static GstFlowReturn
drain (GstVoiceDenoise * self)
{
  GstBuffer *buffer = take_rest (self);

  if (buffer && gst_buffer_get_size (buffer) > 0)
    return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
  gst_clear_buffer (&buffer);
  return GST_FLOW_OK;
}

static gboolean
setup (GstAudioFilter * filter, const GstAudioInfo * info)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (filter);
  GstClockTime latency;
  gboolean changed;

  g_clear_pointer (&self->core, denoise_core_free);
  self->rate = GST_AUDIO_INFO_RATE (info);
  self->core = denoise_core_new (self->core_method, self->rate);
  if (!self->core) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT, (NULL),
        ("no noise suppression for %d Hz", self->rate));
    return FALSE;
  }
  self->skip = denoise_core_latency (self->core);
  self->next = GST_CLOCK_TIME_NONE;
  latency = time_of (self, self->skip);
  GST_OBJECT_LOCK (self);
  changed = latency != self->latency;
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_latency (GST_OBJECT (self)));
  return TRUE;
}

static gboolean
start (GstBaseTransform * trans)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (trans);

  GST_OBJECT_LOCK (self);
  self->core_method = self->method;
  self->latency = 0;
  GST_OBJECT_UNLOCK (self);
  if (!denoise_core_has (self->core_method)) {
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
        ("This build has no such method of noise suppression."), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
stop (GstBaseTransform * trans)
{
  g_clear_pointer (&GST_VOICE_DENOISE (trans)->core, denoise_core_free);
  return TRUE;
}

static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (trans);
  GstBuffer *rest;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
      drain (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      rest = take_rest (self);
      gst_clear_buffer (&rest);
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
}

static gboolean
query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * query)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (trans);
  GstClockTime min, max, latency;
  gboolean live;

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY || direction != GST_PAD_SRC)
    return GST_BASE_TRANSFORM_CLASS (parent_class)->query (trans, direction,
        query);
  if (!gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (trans), query))
    return FALSE;
  GST_OBJECT_LOCK (self);
  latency = self->latency;
  GST_OBJECT_UNLOCK (self);
  gst_query_parse_latency (query, &live, &min, &max);
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += latency;
  gst_query_set_latency (query, live, min + latency, max);
  return TRUE;
}

/* A jump of the time stamps ends a stretch. */
static gboolean
continues (GstVoiceDenoise * self, GstBuffer * buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (self->next))
    return TRUE;
  if (GST_BUFFER_IS_DISCONT (buffer))
    return FALSE;
  return !GST_CLOCK_TIME_IS_VALID (pts) ||
      ABS (GST_CLOCK_DIFF (self->next, pts)) < 40 * GST_MSECOND;
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform * trans, gboolean is_discont,
    GstBuffer * buffer)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (trans);
  GstFlowReturn ret = GST_FLOW_OK;

  if (!continues (self, buffer))
    ret = drain (self);
  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return ret;
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)->submit_input_buffer (trans,
      is_discont, buffer);
}

static GstFlowReturn
transform_ip (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (trans);
  guint n = gst_buffer_get_size (buffer) / 2;
  guint dropped = MIN (self->skip, n);
  GstMapInfo map;

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    self->next = GST_BUFFER_PTS (buffer);
  else if (!GST_CLOCK_TIME_IS_VALID (self->next))
    self->next = 0;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE))
    return GST_FLOW_ERROR;
  process (self, (gint16 *) (gpointer) map.data, n);
  gst_buffer_unmap (buffer, &map);

  self->skip -= dropped;
  self->next += time_of (self, n);
  if (dropped == n)
    return GST_BASE_TRANSFORM_FLOW_DROPPED;
  gst_buffer_resize (buffer, 2 * dropped, 2 * (n - dropped));
  GST_BUFFER_DURATION (buffer) = time_of (self, n - dropped);
  GST_BUFFER_PTS (buffer) = self->next - MIN (self->next,
      time_of (self, n - dropped + denoise_core_latency (self->core)));
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
  return GST_FLOW_OK;
}

static void
set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_METHOD:
      self->method = g_value_get_enum (value);
      break;
    case PROP_STRENGTH:
      self->strength = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceDenoise *self = GST_VOICE_DENOISE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_METHOD:
      g_value_set_enum (value, self->method);
      break;
    case PROP_STRENGTH:
      g_value_set_double (value, self->strength);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstVoiceDenoise:method:
   *
   * How noise is found.
   */
  props[PROP_METHOD] = g_param_spec_enum ("method", "Method",
      "How noise is found", GST_TYPE_VOICE_DENOISE_METHOD, default_method (),
      flags | GST_PARAM_MUTABLE_READY | GST_PARAM_DOC_SHOW_DEFAULT);
  /**
   * GstVoiceDenoise:strength:
   *
   * How much of the noise is taken out: the sound as it was and the one
   * without noise are mixed.
   */
  props[PROP_STRENGTH] = g_param_spec_double ("strength", "Strength",
      "0 leaves the sound as it is, 1 takes out all noise that is found", 0.,
      1., DEFAULT_STRENGTH, flags | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_voice_denoise_class_init (GstVoiceDenoiseClass * klass)
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
  install_properties (object_class);

  filter_class->setup = GST_DEBUG_FUNCPTR (setup);
  trans_class->start = GST_DEBUG_FUNCPTR (start);
  trans_class->stop = GST_DEBUG_FUNCPTR (stop);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  trans_class->query = GST_DEBUG_FUNCPTR (query);
  trans_class->submit_input_buffer = GST_DEBUG_FUNCPTR (submit_input_buffer);
  trans_class->transform_ip = GST_DEBUG_FUNCPTR (transform_ip);

  gst_audio_filter_class_add_pad_templates (filter_class, caps);
  gst_caps_unref (caps);
  gst_element_class_set_static_metadata (element_class, "Noise suppression",
      "Filter/Effect/Audio", "Takes noise out of a voice", "gst-voice");
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_DENOISE_METHOD, 0);
}

static void
gst_voice_denoise_init (GstVoiceDenoise * self)
{
  self->method = default_method ();
  self->strength = DEFAULT_STRENGTH;
  self->next = GST_CLOCK_TIME_NONE;
}

GST_ELEMENT_REGISTER_DEFINE (denoise, "denoise", GST_RANK_NONE,
    GST_TYPE_VOICE_DENOISE);
