/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The built command, run as a user runs it, in a home of its own that is also
 * its working directory. */
typedef struct
{
  gchar *home;
  gchar *out, *err;             /* of the last command */
  gint status;
} Command;

void command_set_up (Command * self, gconstpointer unused);
void command_tear_down (Command * self, gconstpointer unused);

GSubprocessLauncher *command_launcher (Command * self);
GSubprocess *command_start (Command * self, GSubprocessLauncher * launcher,
    const gchar * line);
void command_end (Command * self, GSubprocess * process);
void command_run (Command * self, const gchar * line);

gchar *command_path (Command * self, const gchar * name);
void command_write (Command * self, const gchar * name, const gchar * text);
gchar *command_read_until (GInputStream * stream, const gchar * text);

void command_expect (Command * self, gint status, const gchar * text);
void command_expect_error (Command * self, gint status, const gchar * text);

#define command_add(path, test) g_test_add (path, Command, NULL, \
    command_set_up, test, command_tear_down)
