/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How elements come by what the persona says of them: a property that nobody
 * has set takes the persona's value when the element starts.
 *
 * What was set is kept on the object by the property's quark, so that elements
 * have no bookkeeping of their own.
 *
 * Threads: properties may be set in any thread, bindings are applied in state
 * changes and in streaming threads. Locks: none of its own.
 */
#include "binding.h"

/* The object whose bindings this thread applies. */
static GPrivate applying;

static GQuark
set_quark (const gchar * property)
{
  gchar *name = g_strconcat ("gst-voice-set-", property, NULL);
  GQuark quark = g_quark_from_string (name);

  g_free (name);
  return quark;
}

/**
 * gst_voice_binding_mark:
 * @object: an element whose set_property() is called
 * @pspec: for which property
 *
 * Notes that the property was set, and is not to be taken from the persona.
 */
void
gst_voice_binding_mark (GObject * object, GParamSpec * pspec)
{
  if (g_private_get (&applying) != object)
    g_object_set_qdata (object, set_quark (pspec->name),
        GINT_TO_POINTER (TRUE));
}

/**
 * gst_voice_binding_is_set:
 * @object: an element that calls gst_voice_binding_mark()
 * @property: one of its properties
 *
 * Returns: whether it was set, and not taken from the persona
 */
gboolean
gst_voice_binding_is_set (GObject * object, const gchar * property)
{
  return g_object_get_qdata (object, set_quark (property)) != NULL;
}

static void
apply (GstElement * element, GParamSpec * pspec, const gchar * text)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, pspec->value_type);
  if (G_VALUE_HOLDS_STRING (&value))
    g_value_set_string (&value, text);
  else if (!gst_value_deserialize_with_pspec (&value, text, pspec))
    GST_WARNING_OBJECT (element, "the persona's %s=%s is not taken",
        pspec->name, text);
  g_object_set_property (G_OBJECT (element), pspec->name, &value);
  g_value_unset (&value);
}

/**
 * gst_voice_bindings_apply:
 * @element: an element that starts, or has had `voice/participant`, with no
 *   lock held
 * @session: its session
 * @bindings: (array length=n): what it takes from the persona
 * @n: how many
 *
 * Texts are expanded: `{{caller}}` and its like are what they are now.
 *
 * Returns: whether all variables in what was taken are known
 */
gboolean
gst_voice_bindings_apply (GstElement * element, GstVoiceSession * session,
    const GstVoiceBinding * bindings, guint n)
{
  GObject *object = G_OBJECT (element);
  gboolean all_known = TRUE;

  g_private_set (&applying, object);
  for (guint i = 0; i < n; i++) {
    GParamSpec *pspec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (object),
        bindings[i].property);
    gboolean known;
    gchar *text;

    if (g_object_get_qdata (object, set_quark (pspec->name)))
      continue;
    text = gst_voice_session_get_setting (session, element, bindings[i].path,
        &known);
    all_known &= known;
    if (text)
      apply (element, pspec, text);
    g_free (text);
  }
  g_private_set (&applying, NULL);
  return all_known;
}
