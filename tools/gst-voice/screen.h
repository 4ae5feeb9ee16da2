/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <stdio.h>

/* A call as it happens, for people: who speaks, what is believed to be said,
 * what was heard, tools, and where the time went.
 *
 * On a terminal the last line is alive: it shows the words as they come. In a
 * file or pipe only what is settled is written. */

typedef struct _Screen Screen;

typedef struct
{
  gboolean live;                /* the last line may change */
  gboolean colours;             /* else brackets say what was not heard */
  guint width;                  /* columns */
} ScreenSettings;

void screen_settings_guess (ScreenSettings * settings, FILE * out);
Screen *screen_new (FILE * out, const ScreenSettings * settings);
void screen_free (Screen * screen);
void screen_show (Screen * screen, const GstStructure * message);
void screen_warn (Screen * screen, const gchar * text);
void screen_finish (Screen * screen);
