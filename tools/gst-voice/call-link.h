/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call-order.h"
#include "json-writer.h"

/* The socket of a call process. */
typedef struct _CallLink CallLink;

typedef struct
{
  void (*command) (gpointer data, CallCommand command, const gchar * text);
  void (*gone) (gpointer data); /* the control process; the last one */
} CallLinkEvents;

CallLink *call_link_new (gint socket, const CallLinkEvents * events,
    gpointer data);
gboolean call_link_take_order (CallLink * self, CallOrder * order,
    GError ** error);
void call_link_listen (CallLink * self);
void call_link_begin (JsonWriter * json, const gchar * type);
void call_link_send (CallLink * self, JsonWriter * json);
void call_link_flush (CallLink * self, guint ms);
void call_link_free (CallLink * self);
