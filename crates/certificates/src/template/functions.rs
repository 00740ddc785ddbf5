use std::fmt::Write as _;

use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};

use crate::svg::escape;
use crate::text::{Align, Block, Font, place};
use crate::{Fonts, TemplateError};

/// Instructions that filling in one page may take: some thousand rows.
const FUEL: u64 = 1_000_000;

/// Of the one template of an environment.
pub(crate) const NAME: &str = "template";

/// A template and what it may call: `block` and `mirror`.
pub(crate) fn environment(svg: String, fonts: &Fonts) -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_function("mirror", mirror);
    let fonts = fonts.clone();
    let block = move |state: &State, text: Value, options: Kwargs| block(&fonts, state, &text, &options);
    environment.add_function("block", block);
    environment.add_template_owned(NAME, svg)?;
    Ok(environment)
}

/// Where something that begins at `x` and is `width` wide begins in the certificate's direction.
fn mirror(state: &State, x: f32, width: f32) -> f32 {
    if is_rtl(state) { page_width(state) - x - width } else { x }
}

fn is_rtl(state: &State) -> bool {
    state.lookup("rtl").is_some_and(|rtl| rtl.is_true())
}

fn page_width(state: &State) -> f32 {
    let width = state.lookup("page_width").and_then(|width| f64::try_from(width).ok()).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "it was an f32")]
    let width = width as f32;
    width
}

/// A text in a box; its further options become attributes of the text.
fn block(fonts: &Fonts, state: &State, text: &Value, options: &Kwargs) -> Result<Value, Error> {
    if text.is_none() {
        return Ok(Value::from_safe_string(String::new()));
    }
    let width = options.get("width")?;
    let block = Block {
        x: mirror(state, options.get("x")?, width),
        y: options.get("y")?,
        width,
        height: options.get("height")?,
        size: options.get("size")?,
        leading: options.get::<Option<f32>>("leading")?.unwrap_or(1.25),
        align: match options.get::<Option<&str>>("align")? {
            None | Some("middle") => Align::Middle,
            Some("start") => Align::Start,
            Some("end") => Align::End,
            Some(_) => return Err(Error::new(ErrorKind::InvalidOperation, "align is start, middle or end")),
        },
        top: options.get::<Option<bool>>("top")?.unwrap_or_default(),
        rtl: is_rtl(state),
        font: font(fonts, options)?,
    };
    let sides = [block.width, block.height, block.size, block.leading];
    if !sides.iter().all(|side| (0.1..=14_400.0).contains(side)) {
        return Err(Error::new(ErrorKind::InvalidOperation, "width, height, size and leading are positive"));
    }
    Ok(Value::from_safe_string(place(fonts, &block, &text.to_string())))
}

/// What a box is made by; all other options are attributes.
const OF_THE_BOX: [&str; 8] = ["x", "y", "width", "height", "size", "leading", "align", "top"];

fn font(fonts: &Fonts, options: &Kwargs) -> Result<Font, Error> {
    let mut attributes = String::new();
    for name in options.args().filter(|name| !OF_THE_BOX.contains(name)) {
        let value: Value = options.get(name)?;
        if !value.is_none() {
            // Writing into a text does not fail.
            let _ = write!(attributes, "{}='{}' ", name.replace('_', "-"), escape(&value.to_string()));
        }
    }
    let families: Option<String> = options.get("font_family")?;
    let weight: Option<u16> = options.get("font_weight")?;
    let style: Option<String> = options.get("font_style")?;
    let is_italic = style.as_deref() == Some("italic");
    let face = fonts.find(&families.unwrap_or_default(), weight.unwrap_or(400), is_italic);
    Ok(Font { attributes, face })
}
