/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Descriptions: what is built, values that must not break out of their
 * property, and a line for everything that is wrong.
 */
#include <gst-voice/description.h>
#include <gst-voice/json.h>

#include <glib/gstdio.h>
#include <string.h>

/* An element with the kinds of properties that core elements lack. */
typedef struct
{
  GstBin parent;
  gchar *text;
  gint number;
  GstStructure *structure;
} TestBox;

typedef struct
{
  GstBinClass parent;
} TestBoxClass;

enum
{
  PROP_TEXT = 1,
  PROP_NUMBER,
  PROP_STRUCTURE,
  PROP_CHILD,
  PROP_STATS,
};

static GType test_box_get_type (void);
G_DEFINE_TYPE (TestBox, test_box, GST_TYPE_BIN);

static void
test_box_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  TestBox *box = (TestBox *) object;

  if (id == PROP_TEXT) {
    g_free (box->text);
    box->text = g_value_dup_string (value);
  } else if (id == PROP_NUMBER) {
    box->number = g_value_get_int (value);
  } else if (id == PROP_STRUCTURE) {
    g_clear_pointer (&box->structure, gst_structure_free);
    box->structure = g_value_dup_boxed (value);
  } else if (id == PROP_CHILD) {
    gst_bin_add (GST_BIN (box), g_value_get_object (value));
  }
}

static void
test_box_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  TestBox *box = (TestBox *) object;

  if (id == PROP_TEXT)
    g_value_set_string (value, box->text);
  else if (id == PROP_NUMBER)
    g_value_set_int (value, box->number);
  else if (id == PROP_STRUCTURE)
    g_value_set_boxed (value, box->structure);
}

static void
test_box_finalize (GObject * object)
{
  TestBox *box = (TestBox *) object;

  g_free (box->text);
  g_clear_pointer (&box->structure, gst_structure_free);
  G_OBJECT_CLASS (test_box_parent_class)->finalize (object);
}

static void
test_box_class_init (TestBoxClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_box_set_property;
  object_class->get_property = test_box_get_property;
  object_class->finalize = test_box_finalize;
  g_object_class_install_property (object_class, PROP_TEXT,
      g_param_spec_string ("text", NULL, NULL, NULL, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_NUMBER,
      g_param_spec_int ("number", NULL, NULL, -5, 5, 0, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_STRUCTURE,
      g_param_spec_boxed ("structure", NULL, NULL, GST_TYPE_STRUCTURE,
          G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_CHILD,
      g_param_spec_object ("child", NULL, NULL, GST_TYPE_ELEMENT,
          G_PARAM_WRITABLE));
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_int ("stats", NULL, NULL, 0, 5, 0, G_PARAM_READABLE));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Box",
      "Test", "A bin with properties", "gst-voice");
}

static void
test_box_init (TestBox * box)
{
}

/* The values of the tests: pairs of name and value. */
static gchar *
look_up (const gchar * name, gpointer values)
{
  const gchar *const *pair = values;

  for (; pair && pair[0]; pair += 2) {
    if (strcmp (pair[0], name) == 0)
      return g_strdup (pair[1]);
  }
  return NULL;
}

static GstElement *
build (const gchar * text, const gchar * const *values)
{
  GError *error = NULL;
  GstVoiceDescription *description = gst_voice_description_new (text, -1,
      "test.launch", &error);
  GstElement *bin;

  g_assert_no_error (error);
  bin = gst_voice_description_build (description, 0, NULL, look_up,
      (gpointer) values, &error);
  g_assert_no_error (error);
  g_assert_true (g_object_is_floating (bin));
  gst_object_ref_sink (bin);
  g_assert_cmpint (G_OBJECT_TYPE (bin), ==, GST_TYPE_BIN);
  g_assert_true (gst_voice_description_check (description, 0, NULL, look_up,
          (gpointer) values, NULL));
  gst_voice_description_unref (description);
  return bin;
}

/* All problems, a line each. */
static gchar *
problems_of (const gchar * text, GstVoiceDescriptionFlags flags,
    const gchar * const *allowed, const gchar * const *values)
{
  GstVoiceDescription *description = gst_voice_description_new (text, -1, "t",
      NULL);
  GPtrArray *problems;
  GError *error = NULL;
  gchar *lines;

  if (gst_voice_description_check (description, flags, allowed, look_up,
          (gpointer) values, &problems))
    g_error ("nothing found in: %s", text);
  g_assert_null (gst_voice_description_build (description, flags, allowed,
          look_up, (gpointer) values, &error));
  g_assert_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX);
  g_assert_true (g_str_has_prefix (error->message, problems->pdata[0]));
  g_error_free (error);
  g_ptr_array_add (problems, NULL);
  lines = g_strjoinv ("\n", (gchar **) problems->pdata);
  g_ptr_array_unref (problems);
  gst_voice_description_unref (description);
  return lines;
}

static void
assert_int (GstElement * bin, const gchar * name, const gchar * property,
    gint wanted)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (bin), name);
  gint got;

  g_assert_nonnull (element);
  g_object_get (element, property, &got, NULL);
  g_assert_cmpint (got, ==, wanted);
  gst_object_unref (element);
}

static void
assert_text (GstElement * bin, const gchar * wanted)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (bin), "testbox0");
  gchar *got;

  g_assert_nonnull (element);
  g_object_get (element, "text", &got, NULL);
  g_assert_cmpstr (got, ==, wanted);
  g_free (got);
  gst_object_unref (element);
}

static void
builds (void)
{
  static const gchar *const values[] = { "buffers", "7", "leaky", "downstream",
    NULL
  };
  GstElement *bin = build ("# a call\n"
      "fakesrc num-buffers=${buffers} ! audio/x-raw, # mono\n"
      "  channels=1 ! queue leaky=${leaky} max-size-buffers = 3\r\n"
      "  ! tee name=caller # the caller's voice\n\n"
      "caller. ! queue ! ( name=inner identity ! fakesink name=a-b )\n"
      "caller.src_%u ! .sink fakesink\n"
      "tee .src_0 , src_1 ! .sink_0,sink_1 funnel ! fakesink\n", values);
  GstElement *queue;

  assert_int (bin, "fakesrc0", "num-buffers", 7);
  assert_int (bin, "queue0", "max-size-buffers", 3);
  assert_int (bin, "queue0", "leaky", 2);
  queue = gst_bin_get_by_name (GST_BIN (bin), "queue1");
  g_assert_nonnull (queue);
  gst_object_unref (queue);
  gst_object_unref (bin);
}

/* How a value may be written, and what the property gets. */
static void
quoting (void)
{
  static const gchar *const rows[][2] = {
    {"a", "a"}, {"\"a b\"", "a b"}, {"'a \"b\" \\c'", "a \"b\" \\c"},
    {"\"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c"}, {"a\\ b", "a b"},
    {"#ff0000", "#ff0000"}, {"http://example.com/#top",
        "http://example.com/#top"}, {"\"# no comment\"", "# no comment"},
    {"\"two\nlines\"", "two\nlines"}, {"\"\"", ""}, {"''", ""}, {"\"a\\\\\"",
        "a\\"}, {"'\\'", "\\"},
    {"\"! fakesink\"", "! fakesink"}, {"a=b", "a=b"}, {" \t a", "a"},
    {"$${a}", "${a}"}, {"'costs $5 or $$5'", "costs $5 or $$5"},
    {"\303\244\342\202\254", "\303\244\342\202\254"}, {"env:X", "env:X"},
    {"${missing:-a b}", "a b"}, {"${missing:-}", ""},
    {"\"${missing:-}\"", ""}, {"'${v}'", "value"}, {"${v}${v}", "valuevalue"},
    {"${v-}:-x", "dashed:-x"}, {"${v-:-x}", "dashed"}, {"${v:-x}", "value"},
    {"\"x ${v} $${v} y\"", "x value ${v} y"}, {"${a.b-c.d_1}", "dotted"},
    /* As gst-launch-1.0 has it. */
    {"NULL", NULL}, {"\"\\\"a\\\\040b\\\"\"", "a b"},
  };
  static const gchar *const values[] = { "v", "value", "v-", "dashed",
    "a.b-c.d_1", "dotted", NULL
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdup_printf ("testbox text=%s # end", rows[i][0]);
    GstElement *bin = build (text, values);

    g_test_message ("%s", text);
    assert_text (bin, rows[i][1]);
    gst_object_unref (bin);
    g_free (text);
  }
}

/* Whatever a value is, it stays one value. */
static void
values_stay_values (void)
{
  static const gchar *const texts[] = {
    "\" ! fakesink \"", "\" fakesink text=\"", "\\", "\\\\", "a\\", "\"", "'",
    "NULL", "\"quoted\"", "! filesrc location=/etc/passwd !", "${v}", "$${v}",
    "name=x", "a\nb\r\n", ")", "(", "# c", "\303\244 \360\237\230\200", "",
    " ", "\t", "\\\"", "\"\\", "a\\\" ! fakesink name=\\\"b", "\001\177",
    "\\042", "env:SECRET", "a;b", "x\\ "
  };
  static const gchar *const forms[] = { "testbox text=\"%s\"",
    "testbox text=%s", "testbox text='%s'", "testbox text=%s number=3 ! testbox"
  };
  gchar *longest = g_strnfill (20000, '"');

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++) {
    const gchar *value = i < G_N_ELEMENTS (texts) ? texts[i] : longest;
    const gchar *values[] = { "v", value, NULL };

    for (guint j = 0; j < G_N_ELEMENTS (forms) - 1; j++) {
      gchar **parts = g_strsplit (forms[j], "%s", -1);
      gchar *text = g_strjoinv ("${v}", parts);
      GstElement *bin = build (text, values);

      assert_text (bin, value);
      g_assert_cmpint (GST_BIN_NUMCHILDREN (bin), ==, 1);
      gst_object_unref (bin);
      g_free (text);
      g_strfreev (parts);
    }
  }
  g_free (longest);
}

static void
values_in_other_types (void)
{
  static const gchar *const values[] = { "rate", "16000", "caps",
    "audio/x-raw,rate=8000", "evil", "8000,channels=2", "end", "a\\", "n", "4",
    NULL
  };
  GstElement *bin = build ("testbox number=${n} structure=\"s,a=(int)${n}\" "
      "capsfilter name=c caps=\"audio/x-raw,rate=${rate}\" "
      "capsfilter name=d caps=${caps} "
      "capsfilter caps=audio/x-raw,format=(string)\"S16LE\"", values);
  GstElement *filter = gst_bin_get_by_name (GST_BIN (bin), "c");
  gchar *lines;
  GstCaps *caps;
  gint rate;

  assert_int (bin, "testbox0", "number", 4);
  g_object_get (filter, "caps", &caps, NULL);
  g_assert_true (gst_structure_get_int (gst_caps_get_structure (caps, 0),
          "rate", &rate));
  g_assert_cmpint (rate, ==, 16000);
  gst_caps_unref (caps);
  gst_object_unref (filter);
  gst_object_unref (bin);

  lines = problems_of ("capsfilter caps=\"audio/x-raw,rate=${evil}\"\n"
      "testbox number=${rate}\ntestbox structure=${end}", 0, NULL, values);
  g_assert_cmpstr (lines, ==,
      "t:1: the value of \"evil\" stands inside of a larger one and may have "
      "letters, digits and _.+:/- only; it is \"8000,channels=2\"\n"
      "t:1: \"caps\" of \"capsfilter\" cannot be \"audio/x-raw,rate=\"; it "
      "takes caps such as audio/x-raw,rate=16000\n"
      "t:2: \"number\" of \"testbox\" cannot be \"16000\"; it takes a number "
      "from -5 to 5\n" "t:3: the value of \"structure\" ends with a backslash");
  g_free (lines);
}

static void
children (void)
{
  GstElement *bin = build ("bin.( name=b i::sleep-time=5 identity name=i )\n"
      "testbox child=\"identity name=kid sleep-time=6\"\n"
      "testbox child='testbox text=\"a \\\" ! \\\\\" child=identity'", NULL);
  static const gchar *const values[] = { "v", "identity", NULL };
  gchar *lines;

  assert_int (bin, "i", "sleep-time", 5);
  assert_int (bin, "kid", "sleep-time", 6);
  gst_object_unref (bin);
  lines = problems_of ("testbox child=${v} testbox child=\"quue\"\n"
      "identity a::b=5", 0, NULL, values);
  g_assert_cmpstr (lines, ==, "t:1: \"child\" takes an element, so its value "
      "is written out (no ${…}), and not too deep\n"
      "t:1: in \"child\": no element \"quue\"; did you mean \"queue\"?\n"
      "t:2: \"a::b\": this element has no children");
  g_free (lines);
}

/* Persona and call before the environment; what looks secret never. */
static void
environment (void)
{
  static const gchar *const values[] = { "GSTV_A", "call", NULL };
  GstElement *bin;
  gchar *lines;

  g_setenv ("GSTV_A", "environment", TRUE);
  g_setenv ("GSTV_B", "other", TRUE);
  g_setenv ("gstv_c", "small", TRUE);
  g_setenv ("GSTV_API_KEY", "sesame", TRUE);
  g_setenv ("GSTV_MAX_TOKENS", "5", TRUE);
  bin = build ("testbox text=\"${GSTV_A} ${env:GSTV_A} ${GSTV_B} "
      "${env:gstv_c} ${gstv_c:-none} ${env:GSTV_NONE:-none} "
      "${GSTV_MAX_TOKENS}\"", values);
  assert_text (bin, "call environment other small none none 5");
  gst_object_unref (bin);

  lines = problems_of ("testbox text=${gstv_c}\ntestbox text=${env:GSTV_NONE}\n"
      "testbox text=${GSTV_API_KEY}\ntestbox text=${env:GSTV_API_KEY}\n"
      "testbox text=${GSTV_NONE}", 0, NULL, values);
  g_assert_cmpstr (lines, ==,
      "t:1: no value for \"gstv_c\"; set it in the persona or in the call's "
      "variables, or write a default as in ${gstv_c:-x}\n"
      "t:2: no value for \"env:GSTV_NONE\"; set it in the environment, or "
      "write a default as in ${env:GSTV_NONE:-x}\n"
      "t:3: \"GSTV_API_KEY\" looks like a secret; write env:GSTV_API_KEY "
      "without ${ }, so that the element reads it and no log shows it\n"
      "t:4: \"GSTV_API_KEY\" looks like a secret; write env:GSTV_API_KEY "
      "without ${ }, so that the element reads it and no log shows it\n"
      "t:5: no value for \"GSTV_NONE\"; set it in the persona or in the "
      "call's variables, or write a default as in ${GSTV_NONE:-x}");
  g_free (lines);
}

static const struct
{
  const gchar *text, *problems;
} wrong[] = {
  /* Syntax */
  {"", "t:1: there is no element in it"},
  {"# only\n# comments\n", "t:3: there is no element in it"},
  {"! fakesink", "t:1: nothing stands before the link"},
  {"fakesrc\n!\n\n", "t:2: nothing stands behind this link"},
  {"fakesrc ! ! fakesink", "t:1: two links without an element between them"},
  {"fakesrc ! .sink ! fakesink",
      "t:1: two links without an element between them"},
  {"tee name=t fakesrc ! t. ! fakesink", "t:1: a chain ends with a reference; "
        "begin the next one with its source, such as \"name. ! …\""},
  {"tee name=t\nt.\nfakesink", "t:2: this reference is not linked to anything; "
        "write \"! name.\" or \"name. !\""},
  {"fakesrc .src\nfakesink", "t:1: these pads are not linked to anything"},
  {".src ! fakesink", "t:1: a pad's name stands behind an element or a link"},
  {"fakesrc . ! fakesink", "t:1: a pad's name must follow the dot"},
  {"fakesrc .a, ! fakesink", "t:1: a pad's name must follow the comma"},
  {"tee name=t fakesrc ! .sink t.", "t:1: a pad of a reference is written "
        "\"t.pad\""},
  {"fakesrc\n  num-buffers=\n", "t:2: no value behind \"num-buffers=\"; an "
        "empty one is \"\""},
  {"a=b fakesrc", "t:1: \"a=\" belongs to no element; properties stand right "
        "behind their element, or behind the parenthesis of their bin"},
  {"( identity ) a=b", "t:1: \"a=\" belongs to no element; properties stand "
        "right behind their element, or behind the parenthesis of their bin"},
  {"fakesrc\n( identity\n! ( identity", "t:3: the bin that is opened here is "
        "never closed by \")\""},
  {"fakesrc )", "t:1: \")\" without a \"(\" before it"},
  {"fakesrc\n( )", "t:2: an empty bin; put an element between \"(\" and \")\""},
  {"( fakesrc ! )", "t:1: nothing stands behind this link"},
  {"testbox\n text=\"abc\n", "t:2: the value that begins here with \" is never "
        "closed"},
  {"testbox text='abc", "t:1: the value that begins here with ' is never "
        "closed"},
  {"testbox text=\"a\"b", "t:1: \"b\" follows a closing quote; put a space "
        "between, or a backslash before a quote that belongs to the value\n"
        "t:1: no element \"b\"; is its plugin installed and in "
        "GST_PLUGIN_PATH?"},
  {"fakesrc ! audio/x-raw,rate=8000", "t:1: caps stand between two \"!\", but "
        "the second one is missing"},
  {"fakesrc : audio/x-raw ! fakesink", "t:1: caps stand between two \"!\""},
  {"fakesrc\n! audio/x-raw,rate=${r} ! fakesink", "t:2: values are put into "
        "properties only; write capsfilter caps=\"audio/x-raw,rate=…\" for "
        "these caps\nt:2: \"audio/x-raw,rate=${r}\" are no caps; caps look "
        "like audio/x-raw,rate=16000"},
  {"fakesrc ! audio/x-raw\\ ! fakesink", "t:1: a backslash cannot stand in the "
        "caps of a link\nt:1: \"audio/x-raw\\\" are no caps; caps look like "
        "audio/x-raw,rate=16000"},
  {"${element} ! fakesink", "t:1: values are put into properties only, such as "
        "property=${name}\nt:1: nothing stands before the link"},
  {"file:///etc/passwd", "t:1: a URI or path cannot stand for an element; name "
        "the element and give it to a property"},
  {"fakesrc ! /dev/null", "t:1: a URI or path cannot stand for an element; "
        "name the element and give it to a property\n"
        "t:1: nothing stands behind this link"},
  {"identity @preset=x", "t:1: presets are not supported; set the properties"},
  {"fakesrc ; fakesink", "t:1: \";\" cannot stand here"},
  {"fakesrc \303\244", "t:1: \"\303\244\" cannot stand here"},
  /* Placeholders */
  {"testbox\ntext=${abc", "t:2: \"${\" is not closed by \"}\" on its line; a "
        "\"${\" that stands for itself is written \"$${\""},
  {"testbox text=\"${a b}\"", "t:1: a name has letters, digits, \"-\", \"_\" "
        "and \".\"; behind it \":-\" and a default may stand; a \"${\" that "
        "stands for itself is written \"$${\""},
  {"testbox text=${}", "t:1: \"${\" needs a name that begins with a letter, "
        "such as ${language} or ${env:HOME}; a \"${\" that stands for itself "
        "is written \"$${\""},
  {"testbox text=${env:}", "t:1: \"${\" needs a name that begins with a "
        "letter, such as ${language} or ${env:HOME}; a \"${\" that stands for "
        "itself is written \"$${\""},
  {"testbox\n\n  text=\"a\n${b}\"", "t:3: no value for \"b\"; set it in the "
        "persona or in the call's variables, or write a default as in "
        "${b:-x}"},
  /* Elements */
  {"fakesrc !\n  quue !\n  fakesink",
      "t:2: no element \"quue\"; did you mean \"queue\"?"},
  {"zzzzzzzz", "t:1: no element \"zzzzzzzz\"; is its plugin installed and in "
        "GST_PLUGIN_PATH?"},
  {"identity.( fakesrc )", "t:1: \"identity\" is no bin, nothing can be put "
        "into it"},
  {"fakesrc name=a ! fakesink\n  name=a", "t:2: the name \"a\" is taken by "
        "\"fakesrc\" in line 1; names must differ"},
  {"fakesrc name=a ! ( fakesink name=a )", "t:1: the name \"a\" is taken by "
        "\"fakesrc\" in line 1; names must differ"},
  {"fakesrc name=a name=b", "t:1: \"fakesrc\" has two names"},
  {"fakesrc name=${a}", "t:1: \"${a}\" is no name for an element; it has "
        "letters, digits, \"-\" and \"_\", and is written out (no ${…})"},
  {"tee name=caller\ncalle. ! fakesink",
      "t:2: no element has the name \"calle\"; did you mean \"caller\"?"},
  {"fakesrc ! nobody.", "t:1: no element has the name \"nobody\"; give it to "
        "one by name="},
  /* Properties */
  {"queue\n  leaky=no\n  max-size-bufers=3\n", "t:3: \"queue\" has no property "
        "\"max-size-bufers\"; did you mean \"max-size-buffers\"?"},
  {"identity zzzzzz=1", "t:1: \"identity\" has no property \"zzzzzz\""},
  {"identity sync=true sync=false", "t:1: \"sync\" is set twice"},
  {"testbox stats=1", "t:1: \"stats\" can only be read"},
  {"testbox\n number=six", "t:2: \"number\" of \"testbox\" cannot be \"six\"; "
        "it takes a number from -5 to 5"},
  {"testbox number=6", "t:1: \"number\" of \"testbox\" cannot be \"6\"; it "
        "takes a number from -5 to 5"},
  {"( testbox number=2)", "t:1: the bin that is opened here is never closed by "
        "\")\"\nt:1: \"number\" of \"testbox\" cannot be \"2)\"; it takes a "
        "number from -5 to 5 (a \")\" that closes a bin needs a space before "
        "it)"},
  {"identity sync=perhaps", "t:1: \"sync\" of \"identity\" cannot be "
        "\"perhaps\"; it takes true or false"},
  {"queue leaky=up", "t:1: \"leaky\" of \"queue\" cannot be \"up\"; it takes "
        "no, upstream, downstream"},
  {"queue max-size-buffers=-x", "t:1: \"max-size-buffers\" of \"queue\" cannot "
        "be \"-x\"; it takes a number from 0 to 4294967295"},
  {"capsfilter caps=,", "t:1: \"caps\" of \"capsfilter\" cannot be "
        "\",\"; it takes caps such as audio/x-raw,rate=16000"},
  {"audiotestsrc volume=11", "t:1: \"volume\" of \"audiotestsrc\" cannot be "
        "\"11\"; it takes a number from 0 to 1"},
  {"testbox structure=\"a\\\\\"", "t:1: the value of \"structure\" ends with a "
        "backslash"},
  /* Links */
  {"audiotestsrc\n! opusdec\n! fakesink", "t:2: *opusdec0*"},
  {"fakesrc ! \n.nosuch fakesink", "t:2: *fakesink0*"},
  /* Several, in the order of the lines */
  {"quue\n ! fakesrc x=1\n ! nobody.\n ! x",
      "t:1: no element \"quue\"; did you "
        "mean \"queue\"?\nt:2: \"fakesrc\" has no property \"x\"\nt:3: no "
        "element has the name \"nobody\"; give it to one by name=\nt:4: a "
        "chain ends with a reference; begin the next one with its source, "
        "such as \"name. ! …\"\nt:4: no element \"x\"; is its plugin "
        "installed and in GST_PLUGIN_PATH?"},
};

static void
tells_what_is_wrong (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    gchar *lines = problems_of (wrong[i].text, 0, NULL, NULL);

    if (!g_pattern_match_simple (wrong[i].problems, lines))
      g_error ("%s\nsays\n%s\ninstead of\n%s", wrong[i].text, lines,
          wrong[i].problems);
    g_free (lines);
  }
}

static void
restricted (void)
{
  static const gchar *const allowed[] = { "identity", "testbox", "queue",
    NULL
  };
  static const gchar *const values[] = { "key", "env:MY_KEY", "v", "x", NULL };
  static const struct
  {
    const gchar *text, *problems;
  } rows[] = {
    {"identity !\nfilesink location=/tmp/x", "t:2: the element \"filesink\" is "
          "not allowed in this description"},
    {"quue", "t:1: the element \"quue\" is not allowed in this description; "
          "did you mean \"queue\"?"},
    {"testbox child=identity", "t:1: \"child\" takes an element, which is not "
          "allowed in this description"},
    {"testbox number=1 i::text=5", "t:1: \"i::text\" sets a property of a "
          "child, which is not allowed in this description"},
    {"testbox text=env:SECRET", "t:1: env: and file: are not allowed in this "
          "description"},
    {"testbox text=\"x file:/etc/passwd\"", "t:1: env: and file: are not "
          "allowed in this description"},
    {"testbox text=${none:-env:SECRET}", "t:1: env: and file: are not allowed "
          "in this description"},
    {"testbox text=\"${key} \"", "t:1: env: and file: are not allowed in this "
          "description"},
    {"testbox text=${env:HOME}", "t:1: this description may not read the "
          "environment (\"HOME\")"},
    {"testbox text=${HOME}", "t:1: no value for \"HOME\"; set it in the "
          "persona or in the call's variables, or write a default as in "
          "${HOME:-x}"},
    {"playbin.( identity )", "t:1: the element \"playbin\" is not allowed in "
          "this description"},
  };
  GstVoiceDescription *description = gst_voice_description_new
      ("identity ! queue ( testbox text=${key} ) testbox text='profile: ${v}'",
      -1, "t", NULL);
  GString *text = g_string_new (NULL);
  gchar *lines;

  g_assert_true (gst_voice_description_check (description,
          GST_VOICE_DESCRIPTION_RESTRICTED, allowed, look_up,
          (gpointer) values, NULL));
  g_assert_false (gst_voice_description_check (description,
          GST_VOICE_DESCRIPTION_RESTRICTED, NULL, look_up, (gpointer) values,
          NULL));
  gst_voice_description_unref (description);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    lines = problems_of (rows[i].text, GST_VOICE_DESCRIPTION_RESTRICTED,
        allowed, values);
    g_assert_cmpstr (lines, ==, rows[i].problems);
    g_free (lines);
  }
  for (guint i = 0; i < 65; i++)
    g_string_append (text, "identity ");
  lines = problems_of (text->str, GST_VOICE_DESCRIPTION_RESTRICTED, allowed,
      NULL);
  g_assert_cmpstr (lines, ==, "t:1: more than 64 elements");
  g_free (lines);
  while (text->len <= 16 * 1024)
    g_string_append (text, "# comment\n");
  lines = problems_of (text->str, GST_VOICE_DESCRIPTION_RESTRICTED, allowed,
      NULL);
  g_assert_true (g_str_has_prefix (lines, "t:1: longer than 16384 bytes\n"));
  g_free (lines);
  g_string_free (text, TRUE);
}

static void
limits (void)
{
  GString *text = g_string_new (NULL);
  GError *error = NULL;
  gchar *lines;

  for (guint i = 0; i < 501; i++)
    g_string_append (text, "identity ");
  lines = problems_of (text->str, 0, NULL, NULL);
  g_assert_cmpstr (lines, ==, "t:1: more than 500 elements");
  g_free (lines);
  g_string_assign (text, "testbox ");
  for (guint i = 0; i < 6000; i++)
    g_string_append (text, "a=b ");
  lines = problems_of (text->str, 0, NULL, NULL);
  g_assert_true (g_str_has_prefix (lines, "t:1: more than 5000 words"));
  g_free (lines);
  g_string_truncate (text, 0);
  for (guint i = 0; i < 17; i++)
    g_string_append (text, "( ");
  g_string_append (text, "identity");
  for (guint i = 0; i < 17; i++)
    g_string_append (text, " )");
  lines = problems_of (text->str, 0, NULL, NULL);
  g_assert_cmpstr (lines, ==, "t:1: bins are nested more than 16 deep");
  g_free (lines);

  while (text->len <= 64 * 1024)
    g_string_append (text, "# comment\n");
  g_assert_null (gst_voice_description_new (text->str, -1, "t", &error));
  g_assert_cmpstr (error->message, ==, "t: longer than 65536 bytes");
  g_clear_error (&error);
  g_assert_null (gst_voice_description_new ("a\nb\0c", 5, "t", &error));
  g_assert_cmpstr (error->message, ==, "t:2: a NUL byte stands in this line");
  g_clear_error (&error);
  g_assert_null (gst_voice_description_new ("a\n\n\377", -1, "t", &error));
  g_assert_cmpstr (error->message, ==, "t:3: not UTF-8; save the file as "
      "UTF-8");
  g_clear_error (&error);
  g_string_free (text, TRUE);
}

static gchar *
long_value (const gchar * name, gpointer user_data)
{
  return g_strnfill (300000, 'a');
}

static gchar *
latin_value (const gchar * name, gpointer user_data)
{
  return g_strdup ("caf\351");
}

static void
bad_values (void)
{
  GstVoiceDescription *description = gst_voice_description_new
      ("testbox text=${a}", -1, "t", NULL);
  GError *error = NULL;

  g_assert_null (gst_voice_description_build (description, 0, NULL,
          long_value, NULL, &error));
  g_assert_cmpstr (error->message, ==, "t:1: the value of \"text\" is longer "
      "than 262144 bytes");
  g_clear_error (&error);
  g_assert_null (gst_voice_description_build (description, 0, NULL,
          latin_value, NULL, &error));
  g_assert_cmpstr (error->message, ==, "t:1: the value of \"a\" is not UTF-8");
  g_error_free (error);
  gst_voice_description_unref (description);
}

static void
files (void)
{
  gchar *folder = g_dir_make_tmp ("gst-voice-XXXXXX", NULL);
  gchar *path = g_build_filename (folder, "a.launch", NULL);
  GstVoiceDescription *description;
  GError *error = NULL;
  gchar *wanted;

  g_assert_null (gst_voice_description_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_file_set_contents (path, "fakesrc\n! fakesnik", -1, NULL);
  description = gst_voice_description_load (path, &error);
  g_assert_no_error (error);
  g_assert_null (gst_voice_description_build (description, 0, NULL, NULL, NULL,
          &error));
  wanted = g_strdup_printf ("%s:2: no element \"fakesnik\"; did you mean "
      "\"fakesink\"?", path);
  g_assert_cmpstr (error->message, ==, wanted);
  g_free (wanted);
  g_error_free (error);
  gst_voice_description_unref (description);
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  gint rc;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  gst_element_register (NULL, "testbox", GST_RANK_NONE, test_box_get_type ());
  g_test_add_func ("/description/build", builds);
  g_test_add_func ("/description/quoting", quoting);
  g_test_add_func ("/description/values-stay-values", values_stay_values);
  g_test_add_func ("/description/other-types", values_in_other_types);
  g_test_add_func ("/description/children", children);
  g_test_add_func ("/description/environment", environment);
  g_test_add_func ("/description/wrong", tells_what_is_wrong);
  g_test_add_func ("/description/restricted", restricted);
  g_test_add_func ("/description/limits", limits);
  g_test_add_func ("/description/bad-values", bad_values);
  g_test_add_func ("/description/files", files);
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
