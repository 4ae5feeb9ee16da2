/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What travels with text and speech: to which turn, speech and generation a
 * buffer belongs, and what it stands for. And buffers that hold text.
 *
 * The meta has no tags, so that every element copies it.
 *
 * Threads: any. Locks: none.
 */
#include "meta.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (GstVoiceWords, gst_voice_words, gst_voice_words_ref,
    gst_voice_words_unref);

/**
 * gst_voice_words_new:
 * @n: how many
 *
 * Returns: (transfer full): a list of @n words to be filled in; it owns their
 * texts
 */
GstVoiceWords *
gst_voice_words_new (guint n)
{
  GstVoiceWords *words = g_new (GstVoiceWords, 1);

  g_atomic_ref_count_init (&words->refs);
  words->n = n;
  words->word = g_new0 (GstVoiceWord, n);
  return words;
}

/**
 * gst_voice_words_ref:
 * @words: (nullable): a list
 *
 * Returns: (transfer full) (nullable): the same list
 */
GstVoiceWords *
gst_voice_words_ref (GstVoiceWords * words)
{
  if (words)
    g_atomic_ref_count_inc (&words->refs);
  return words;
}

/**
 * gst_voice_words_unref:
 * @words: (transfer full) (nullable): a list
 */
void
gst_voice_words_unref (GstVoiceWords * words)
{
  if (!words || !g_atomic_ref_count_dec (&words->refs))
    return;
  for (guint i = 0; i < words->n; i++)
    g_free (words->word[i].text);
  g_free (words->word);
  g_free (words);
}

static gboolean
meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  GstVoiceMeta *self = (GstVoiceMeta *) meta;

  memset (&self->generation, 0,
      sizeof *self - G_STRUCT_OFFSET (GstVoiceMeta, generation));
  self->start = self->end = GST_CLOCK_TIME_NONE;
  self->confidence = -1;
  return TRUE;
}

static void
meta_free (GstMeta * meta, GstBuffer * buffer)
{
  GstVoiceMeta *self = (GstVoiceMeta *) meta;

  g_free (self->written);
  g_free (self->language);
  gst_voice_words_unref (self->words);
}

static gboolean
meta_transform (GstBuffer * dest, GstMeta * meta, GstBuffer * buffer,
    GQuark type, gpointer data)
{
  if (!gst_voice_meta_get (dest))
    gst_voice_meta_copy ((GstVoiceMeta *) meta, dest);
  return TRUE;
}

GType
gst_voice_meta_api_get_type (void)
{
  static gsize type;
  static const gchar *no_tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        gst_meta_api_type_register ("GstVoiceMetaAPI", no_tags));
  return type;
}

const GstMetaInfo *
gst_voice_meta_get_info (void)
{
  static const GstMetaInfo *info;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, gst_meta_register (gst_voice_meta_api_get_type (),
            "GstVoiceMeta", sizeof (GstVoiceMeta), meta_init, meta_free,
            meta_transform));
  return info;
}

/**
 * gst_voice_meta_add:
 * @buffer: a writable buffer without such a meta
 *
 * Returns: (transfer none): a meta of generation 0 with nothing known
 */
GstVoiceMeta *
gst_voice_meta_add (GstBuffer * buffer)
{
  return (GstVoiceMeta *) gst_buffer_add_meta (buffer,
      gst_voice_meta_get_info (), NULL);
}

/**
 * gst_voice_meta_get:
 * @buffer: a buffer
 *
 * Returns: (transfer none) (nullable): its meta
 */
GstVoiceMeta *
gst_voice_meta_get (GstBuffer * buffer)
{
  return (GstVoiceMeta *) gst_buffer_get_meta (buffer,
      gst_voice_meta_api_get_type ());
}

/**
 * gst_voice_meta_copy:
 * @meta: what to copy
 * @buffer: a writable buffer without such a meta
 *
 * Returns: (transfer none): the copy on @buffer
 */
GstVoiceMeta *
gst_voice_meta_copy (const GstVoiceMeta * meta, GstBuffer * buffer)
{
  GstVoiceMeta *copy = gst_voice_meta_add (buffer);

  memcpy (&copy->generation, &meta->generation,
      sizeof *copy - G_STRUCT_OFFSET (GstVoiceMeta, generation));
  copy->written = g_strdup (meta->written);
  copy->language = g_strdup (meta->language);
  copy->words = gst_voice_words_ref (meta->words);
  return copy;
}

/**
 * gst_voice_text_buffer_new:
 * @text: UTF-8
 *
 * Returns: (transfer full): a buffer of that text, without a final NUL
 */
GstBuffer *
gst_voice_text_buffer_new (const gchar * text)
{
  gsize size = strlen (text);

  return gst_buffer_new_wrapped (g_strndup (text, size), size);
}

/**
 * gst_voice_text_buffer_get:
 * @buffer: a buffer of text/x-raw
 *
 * Returns: (transfer full): its text up to the first NUL; what is not UTF-8
 * is replaced
 */
gchar *
gst_voice_text_buffer_get (GstBuffer * buffer)
{
  GstMapInfo map;
  gchar *raw, *text;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return g_strdup ("");
  raw = g_strndup ((const gchar *) map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  if (g_utf8_validate (raw, -1, NULL))
    return raw;
  text = g_utf8_make_valid (raw, -1);
  g_free (raw);
  return text;
}
