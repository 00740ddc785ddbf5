mod functions;

use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use usvg::roxmltree::Document;

pub(crate) use self::functions::{NAME, environment};
use crate::pdf::{self, Pdf};
use crate::svg::{Page, check, parts};
use crate::values::{Values, image};
use crate::{Certificate, DrawError, Fonts, TemplateError, raster, sample};

/// A design: SVG with places for values, checked when it is read. The crate's README says what may be in it.
#[derive(Debug, Clone)]
pub struct Template {
    environment: Arc<Environment<'static>>,
    fonts: Fonts,
    /// The page's width, around which designs are mirrored.
    width: f32,
    /// Rows of the first page, and of each other.
    rows: Option<(usize, usize)>,
}

impl Template {
    /// Our certificate, A4 across.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn certificate(fonts: &Fonts) -> Result<Self, TemplateError> {
        Self::parse(include_str!("../../designs/certificate.svg"), fonts)
    }

    /// Our transcript, A4 upright, with the courses on as many pages as they take.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn transcript(fonts: &Fonts) -> Result<Self, TemplateError> {
        Self::parse(include_str!("../../designs/transcript.svg"), fonts)
    }

    /// Our picture for link previews, 1200 by 630.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn preview(fonts: &Fonts) -> Result<Self, TemplateError> {
        Self::parse(include_str!("../../designs/preview.svg"), fonts)
    }

    /// Reads a template and tries it with samples: with all values and with none but the necessary, from left and from right.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(svg: &str, fonts: &Fonts) -> Result<Self, TemplateError> {
        let environment = Arc::new(environment(svg.to_owned(), fonts)?);
        let mut template = Self { environment, fonts: fonts.clone(), width: 0.0, rows: None };
        template.check_names()?;
        for certificate in sample::all() {
            template.try_with(certificate)?;
        }
        Ok(template)
    }

    fn try_with(&mut self, mut certificate: Certificate) -> Result<(), TemplateError> {
        let values = Values::new(&certificate).map_err(of_sample)?;
        let filled_in = self.fill_in(&values)?;
        let document = read(&filled_in, &certificate)?;
        self.rows = rows(&document)?;
        self.width = parts(&document)?.width;
        // One course more than the first page takes.
        let more = certificate.courses.iter().cycle().take(self.rows.map_or(0, |(first, _)| first)).cloned();
        certificate.courses.extend(more.collect::<Vec<_>>());
        pdf::try_profile(&self.pages(&certificate).map_err(of_sample)?, &certificate, &self.fonts)
    }

    /// Draws a PDF.
    ///
    /// # Errors
    /// When the verify URL is too long, or the template works for samples only; never because of a name.
    pub fn pdf(&self, certificate: &Certificate) -> Result<Pdf, DrawError> {
        pdf::draw(&self.pages(certificate)?, certificate, &self.fonts)
    }

    /// Draws the first page as a PNG, a point of it as one pixel.
    ///
    /// # Errors
    /// As [`Self::pdf`].
    pub fn png(&self, certificate: &Certificate) -> Result<Vec<u8>, DrawError> {
        let mut values = Values::new(certificate)?;
        values.page_width = self.width;
        let filled_in = self.fill_in(&values)?;
        read(&filled_in, certificate)?;
        raster::png(&filled_in, 1.0, &pdf::options(certificate, &self.fonts))
    }

    fn pages(&self, certificate: &Certificate) -> Result<Vec<Page>, DrawError> {
        let mut values = Values::new(certificate)?;
        values.page_width = self.width;
        let courses = std::mem::take(&mut values.courses);
        let chunks = match self.rows {
            Some((first, others)) => {
                let (first, others_of) = courses.split_at(first.min(courses.len()));
                [first].into_iter().chain(others_of.chunks(others)).collect()
            }
            None => vec![&courses[..]],
        };
        values.pages = chunks.len();
        let mut pages = Vec::with_capacity(chunks.len());
        for (at, chunk) in chunks.into_iter().enumerate() {
            values.page = at + 1;
            values.courses = chunk.to_vec();
            let filled_in = self.fill_in(&values)?;
            pages.push(parts(&read(&filled_in, certificate)?)?);
        }
        Ok(pages)
    }

    fn fill_in(&self, values: &Values) -> Result<String, TemplateError> {
        Ok(self.environment.get_template(NAME)?.render(Value::from(Serde(values)))?)
    }

    /// Names what nothing stands behind, by alphabet the first. What one of a list lacks is found when it is filled in.
    fn check_names(&self) -> Result<(), TemplateError> {
        let [sample, ..] = sample::all();
        let values = Values::new(&sample).map_err(of_sample)?;
        let context = Value::from(Serde(&values));
        let is_value = |name: &str| {
            let mut value = context.clone();
            name.split('.').all(|part| {
                value = value.get_attr(part).unwrap_or_default();
                !value.is_undefined()
            })
        };
        let is_global = |name: &str| self.environment.globals().any(|(global, _)| global == name);
        let names = self.environment.get_template(NAME)?.undeclared_variables(true);
        let unknown = names.into_iter().filter(|name| !is_value(name) && !is_global(name)).min();
        unknown.map_or(Ok(()), |name| Err(TemplateError::Unknown { name }))
    }
}

/// What a sample cannot be drawn for is the template's fault.
fn of_sample(error: DrawError) -> TemplateError {
    match error {
        DrawError::Template(error) => error,
        other => TemplateError::Pdf(other.to_string()),
    }
}

/// Reads what was filled in, and looks at what is in it.
fn read<'a>(filled_in: &'a str, certificate: &Certificate) -> Result<Document<'a>, TemplateError> {
    let document = Document::parse(filled_in).map_err(TemplateError::Xml)?;
    check(&document, |name| image(certificate, name).is_some())?;
    Ok(document)
}

/// `data-rows="FIRST OTHERS"` of the first element; without it all courses are given to one page.
fn rows(document: &Document) -> Result<Option<(usize, usize)>, TemplateError> {
    let Some(text) = document.root_element().attribute("data-rows") else { return Ok(None) };
    let numbers: Vec<usize> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [first, others] if first > 0 && others > 0 => Ok(Some((first, others))),
        [both] if both > 0 => Ok(Some((both, both))),
        _ => Err(TemplateError::Rows),
    }
}
