/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties that an element of a service has of its own: described in a
 * table, and kept in a struct of the element's.
 *
 * Threads and locks: whoever has the struct sees to it.
 */
#include "provider-options.h"

#include <string.h>

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_READY)

static GParamSpec *
choice (const GstVoiceOption * o)
{
  GType type = g_enum_register_static (o->type_name, o->values);

  gst_type_mark_as_plugin_api (type, 0);
  return g_param_spec_enum (o->name, o->nick, o->blurb, type, o->usual, FLAGS);
}

static GParamSpec *
param_spec (const GstVoiceOption * o)
{
  switch (o->type) {
    case G_TYPE_STRING:
      return g_param_spec_string (o->name, o->nick, o->blurb, NULL, FLAGS);
    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (o->name, o->nick, o->blurb, o->usual != 0,
          FLAGS);
    case G_TYPE_INT:
      return g_param_spec_int (o->name, o->nick, o->blurb, o->least, o->most,
          o->usual, FLAGS);
    case G_TYPE_UINT:
      return g_param_spec_uint (o->name, o->nick, o->blurb, o->least, o->most,
          o->usual, FLAGS);
    case G_TYPE_INT64:
      return g_param_spec_int64 (o->name, o->nick, o->blurb, o->least,
          o->most ? o->most : G_MAXINT64, o->usual, FLAGS);
    case G_TYPE_DOUBLE:
      return g_param_spec_double (o->name, o->nick, o->blurb, o->least,
          o->most, o->usual, FLAGS);
    case G_TYPE_ENUM:
      return choice (o);
    default:
      g_return_val_if_reached (NULL);
  }
}

/* Their ids are their places in the table, from 1. */
void
provider_options_install (const GstVoiceProviderInfo * info,
    GObjectClass * klass)
{
  for (guint i = 0; i < info->n_options; i++)
    g_object_class_install_property (klass, i + 1,
        param_spec (&info->options[i]));
}

static void
set (const GstVoiceOption * o, gpointer settings, const GValue * value)
{
  gpointer at = G_STRUCT_MEMBER_P (settings, o->offset);

  switch (o->type) {
    case G_TYPE_STRING:
      g_free (*(gchar **) at);
      *(gchar **) at = g_value_dup_string (value);
      break;
    case G_TYPE_BOOLEAN:
      *(gboolean *) at = g_value_get_boolean (value);
      break;
    case G_TYPE_INT:
      *(gint *) at = g_value_get_int (value);
      break;
    case G_TYPE_UINT:
      *(guint *) at = g_value_get_uint (value);
      break;
    case G_TYPE_INT64:
      *(gint64 *) at = g_value_get_int64 (value);
      break;
    case G_TYPE_DOUBLE:
      *(gdouble *) at = g_value_get_double (value);
      break;
    case G_TYPE_ENUM:
      *(gint *) at = g_value_get_enum (value);
      break;
  }
}

void
provider_options_set (const GstVoiceProviderInfo * info, gpointer settings,
    guint id, const GValue * value)
{
  set (&info->options[id - 1], settings, value);
}

void
provider_options_get (const GstVoiceProviderInfo * info,
    gconstpointer settings, guint id, GValue * value)
{
  const GstVoiceOption *o = &info->options[id - 1];
  gconstpointer at = (const guint8 *) settings + o->offset;

  switch (o->type) {
    case G_TYPE_STRING:
      g_value_set_string (value, *(gchar * const *) at);
      break;
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) at);
      break;
    case G_TYPE_INT:
      g_value_set_int (value, *(const gint *) at);
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) at);
      break;
    case G_TYPE_INT64:
      g_value_set_int64 (value, *(const gint64 *) at);
      break;
    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const gdouble *) at);
      break;
    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const gint *) at);
      break;
  }
}

void
provider_options_init (const GstVoiceProviderInfo * info, GObject * object,
    gpointer settings)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (object);

  for (guint i = 0; i < info->n_options; i++)
    set (&info->options[i], settings, g_param_spec_get_default_value
        (g_object_class_find_property (klass, info->options[i].name)));
}

void
provider_options_clear (const GstVoiceProviderInfo * info, gpointer settings)
{
  for (guint i = 0; i < info->n_options; i++) {
    const GstVoiceOption *o = &info->options[i];

    if (o->type == G_TYPE_STRING)
      g_free (G_STRUCT_MEMBER (gchar *, settings, o->offset));
    if (o->object)
      g_clear_pointer (&G_STRUCT_MEMBER (JsonNode *, settings, o->object),
          json_node_unref);
  }
  memset (settings, 0, info->options_size);
}

/* Without the objects that texts have become. */
void
provider_options_copy (const GstVoiceProviderInfo * info, gpointer to,
    gconstpointer from)
{
  provider_options_clear (info, to);
  memcpy (to, from, info->options_size);
  for (guint i = 0; i < info->n_options; i++) {
    const GstVoiceOption *o = &info->options[i];

    if (o->type == G_TYPE_STRING) {
      gchar **text = &G_STRUCT_MEMBER (gchar *, to, o->offset);

      *text = g_strdup (*text);
    }
  }
}
