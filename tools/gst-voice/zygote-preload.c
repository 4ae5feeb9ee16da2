/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loads what calls will need, so that their processes share the memory of it
 * and have nothing to load: code, types, certificate authorities, word lists.
 * Nothing that makes a thread, opens a descriptor or draws a random number that
 * a child would draw, too.
 *
 * Threads: the only one of the zygote. Locks: none.
 */
#include "zygote-preload.h"

#include <gst-voice/persona.h>
#include <gst-voice/preload.h>
#include <gst-voice/tls.h>
#include <gst/gst.h>

/* Elements of every call; what is not installed is passed over. */
static const gchar *const always[] = {
  "livekitsrc", "livekitsink", "voicertcsrc", "voicertcsink", "voiceagent",
  "callersrc", "vad", "turn",
  "toolcall", "speakable", "playout", "callrecorder", "inactivity",
  "sessionlimit", "queue", "tee", "fakesink",
};

/* The class, too: its properties and templates are made once for all calls. */
static void
load_element (const gchar * name)
{
  GstElementFactory *factory = gst_element_factory_find (name);
  GstPluginFeature *loaded;
  GType type;

  if (!factory)
    return;
  loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));
  if (loaded) {
    type = gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded));
    /* For ever: it is not given back. */
    if (type != G_TYPE_INVALID)
      g_type_class_ref (type);
    gst_object_unref (loaded);
  }
  gst_object_unref (factory);
}

/* Every word that is the name of an element. */
static void
load_words (const gchar * text)
{
  const gchar *begin = text, *end;

  while (*begin) {
    for (end = begin; g_ascii_isalnum (*end) || *end == '_'; end++);
    if (end > begin) {
      gchar *word = g_strndup (begin, end - begin);

      load_element (word);
      g_free (word);
    }
    begin = *end ? end + 1 : end;
  }
}

static void
load_persona (const gchar * path)
{
  GError *error = NULL;
  GstVoicePersona *persona = gst_voice_persona_load (path, &error);
  gchar *text = NULL;

  if (persona)
    g_file_get_contents (gst_voice_persona_get_pipeline (persona), &text, NULL,
        &error);
  if (text) {
    load_words (text);
    gst_voice_preload (persona);
  }
  /* A call with it will fail, and say the same. */
  if (error)
    g_printerr ("gst-voice zygote: %s\n", error->message);
  g_clear_error (&error);
  g_free (text);
  g_clear_pointer (&persona, gst_voice_persona_unref);
}

/**
 * zygote_preload:
 * @personas: files
 * @n: how many
 *
 * What cannot be loaded is told, and is a matter of the call that needs it.
 */
void
zygote_preload (gchar ** personas, guint n)
{
  GError *error = NULL;

  if (!gst_voice_tls_share_database (&error))
    g_printerr ("gst-voice zygote: %s\n", error->message);
  g_clear_error (&error);
  for (guint i = 0; i < G_N_ELEMENTS (always); i++)
    load_element (always[i]);
  for (guint i = 0; i < n; i++)
    load_persona (personas[i]);
}
