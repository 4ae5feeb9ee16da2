/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * zygote.h without processes.
 */
#include "zygote-double.h"

#include <gst-voice/json.h>
#include <string.h>
#include <unistd.h>

struct _Zygote
{
  ZygoteEvents events;
  gpointer data;
  guint calls;
};

GPtrArray *zygote_double_orders;
GString *zygote_double_told;
gboolean zygote_double_fails;

static void
order_free (ZygoteDoubleOrder * order)
{
  g_free (order->call_id);
  g_free (order->journal_dir);
  g_free (order->url);
  g_free (order->token);
  g_free (order->room);
  g_free (order->job_id);
  g_free (order->metadata);
  g_free (order->persona);
  g_free (order->participant);
  g_free (order->health);
  g_free (order->offer);
  g_free (order);
}

void
zygote_double_begin (void)
{
  zygote_double_orders = g_ptr_array_new_with_free_func ((GDestroyNotify)
      order_free);
  zygote_double_told = g_string_new (NULL);
  zygote_double_fails = FALSE;
}

void
zygote_double_end (void)
{
  g_ptr_array_unref (zygote_double_orders);
  g_string_free (zygote_double_told, TRUE);
}

Zygote *
zygote_start (const ZygoteSettings * settings, GError ** error)
{
  return g_new0 (Zygote, 1);
}

void
zygote_attach (Zygote * self, GMainContext * context,
    const ZygoteEvents * events, gpointer data)
{
  self->events = *events;
  self->data = data;
}

gboolean
zygote_call (Zygote * self, const CallOrder * order, GError ** error)
{
  ZygoteDoubleOrder *copy;

  if (zygote_double_fails) {
    zygote_double_fails = FALSE;
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no more");
    return FALSE;
  }
  copy = g_new0 (ZygoteDoubleOrder, 1);
  copy->call_id = g_strdup (order->call_id);
  copy->journal_dir = g_strdup (order->journal_dir);
  copy->url = g_strdup (order->url);
  copy->token = g_strdup (order->token);
  copy->room = g_strdup (order->room);
  copy->job_id = g_strdup (order->job_id);
  copy->metadata = g_strdup (order->metadata);
  copy->persona = g_strdup (order->persona);
  copy->participant = g_strdup (order->participant);
  copy->health = g_strdup (order->health);
  copy->offer = g_strdup (order->offer);
  g_ptr_array_add (zygote_double_orders, copy);
  self->calls++;
  return TRUE;
}

static void
tell (const gchar * what, const gchar * text)
{
  g_string_append_printf (zygote_double_told, "%s%s(%s)",
      zygote_double_told->len > 0 ? " " : "", what, text ? text : "");
}

gboolean
zygote_tell (Zygote * self, const gchar * call_id, CallCommand command,
    const gchar * text)
{
  static const gchar *const names[] = { "hangup", "say", "inject", "dump",
    "interrupt", "type", "leave"
  };

  tell (names[command], text);
  return TRUE;
}

void
zygote_end (Zygote * self, const gchar * call_id, guint grace)
{
  tell ("end", NULL);
}

void
zygote_extend (Zygote * self, const gchar * call_id, guint seconds)
{
  gchar *text = g_strdup_printf ("%u", seconds);

  tell ("extend", text);
  g_free (text);
}

gboolean
zygote_get_figures (Zygote * self, const gchar * call_id,
    ZygoteFigures * figures)
{
  *figures = (ZygoteFigures) {
  .pid = 4711,.cpu = 0.25,.memory = 6 * 1024 * 1024};
  return TRUE;
}

guint
zygote_get_calls (Zygote * self)
{
  return self->calls;
}

gint
zygote_get_pid (Zygote * self)
{
  return getpid ();
}

void
zygote_stop (Zygote * self)
{
  g_free (self);
}

void
zygote_double_started (Zygote * zygote, const gchar * call_id)
{
  zygote->events.started (zygote->data, call_id, 4711);
}

void
zygote_double_report (Zygote * zygote, const gchar * call_id,
    const gchar * json)
{
  JsonNode *node = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE, 8,
      NULL);
  JsonObject *object = json_node_get_object (node);

  zygote->events.report (zygote->data, call_id,
      json_object_get_string_member (object, "type"), object);
  json_node_unref (node);
}

void
zygote_double_ended (Zygote * zygote, const gchar * call_id,
    const gchar * killed, gboolean clean)
{
  ZygoteEnd end = {.status = clean ? 0 : 139,.killed = killed,.clean = clean,
    .cpu = 0.5,.memory = 6 * 1024 * 1024
  };

  zygote->calls--;
  zygote->events.ended (zygote->data, call_id, &end);
}

void
zygote_double_left (Zygote * zygote, const gchar * call_id, gint status)
{
  ZygoteEnd end = {.status = status };

  zygote->calls--;
  zygote->events.ended (zygote->data, call_id, &end);
}

void
zygote_double_died (Zygote * zygote, const GError * error)
{
  zygote->events.died (zygote->data, error);
}

void
zygote_double_back (Zygote * zygote)
{
  zygote->events.back (zygote->data);
}
