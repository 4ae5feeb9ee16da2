/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rate of what `playout` gives out, and how what comes in gets it.
 *
 * Threads: the streaming thread of its sink pad. Locks: none.
 */
#include "playout-rate.h"

#define FALLBACK_RATE 24000

void
playout_rate_init (PlayoutRate * rate)
{
  rate->converted = g_array_new (FALSE, FALSE, sizeof (gint16));
}

/* What comes next is another stream. */
void
playout_rate_reset (PlayoutRate * rate)
{
  g_clear_pointer (&rate->converter, gst_audio_converter_free);
  rate->in_rate = 0;
}

void
playout_rate_clear (PlayoutRate * rate)
{
  playout_rate_reset (rate);
  g_array_unref (rate->converted);
}

/* What downstream prefers among our rates: its only one, or the first of ours
 * that it takes. */
guint
playout_rate_choose (GstPad * srcpad)
{
  static const gint rates[] = { FALLBACK_RATE, 48000, 16000, 12000, 8000 };
  GstCaps *caps = gst_pad_get_allowed_caps (srcpad), *one;
  guint chosen = 0;

  for (guint i = 0; caps && !chosen && i < G_N_ELEMENTS (rates); i++) {
    one = gst_pad_get_pad_template_caps (srcpad);
    one = gst_caps_make_writable (one);
    gst_caps_set_simple (one, "rate", G_TYPE_INT, rates[i], NULL);
    if (gst_caps_can_intersect (caps, one))
      chosen = rates[i];
    gst_caps_unref (one);
  }
  gst_clear_caps (&caps);
  return chosen ? chosen : FALLBACK_RATE;
}

void
playout_rate_set_input (PlayoutRate * rate, GstEvent * event, guint out_rate)
{
  GstAudioInfo in, out;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!gst_audio_info_from_caps (&in, caps)
      || rate->in_rate == (guint) GST_AUDIO_INFO_RATE (&in))
    return;
  g_clear_pointer (&rate->converter, gst_audio_converter_free);
  rate->in_rate = GST_AUDIO_INFO_RATE (&in);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, out_rate, 1, NULL);
  if (rate->in_rate != out_rate)
    rate->converter = gst_audio_converter_new (0, &in, &out, NULL);
}

/* @n: (inout): how many. What is returned lives until the next call. */
const gint16 *
playout_rate_convert (PlayoutRate * rate, gpointer samples, gsize * n)
{
  gpointer src[1] = { samples }, dest[1];
  gsize out;

  if (!rate->converter || *n == 0)
    return samples;
  out = gst_audio_converter_get_out_frames (rate->converter, *n);
  g_array_set_size (rate->converted, out);
  dest[0] = rate->converted->data;
  gst_audio_converter_samples (rate->converter, 0, src, *n, dest, out);
  *n = out;
  return (const gint16 *) rate->converted->data;
}

/* (transfer full): the last samples of a speech, which are still in the
 * converter. */
GArray *
playout_rate_flush (PlayoutRate * rate)
{
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  gpointer src[1], dest[1];
  gsize in, out;

  if (!rate->converter)
    return samples;
  in = gst_audio_converter_get_max_latency (rate->converter);
  out = gst_audio_converter_get_out_frames (rate->converter, in);
  src[0] = g_new0 (gint16, in + 1);
  g_array_set_size (samples, out);
  dest[0] = samples->data;
  gst_audio_converter_samples (rate->converter, 0, src, in, dest, out);
  gst_audio_converter_reset (rate->converter);
  g_free (src[0]);
  return samples;
}
