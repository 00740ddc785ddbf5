use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use krilla::text::Font;
use usvg::fontdb::{Database, FaceInfo, Family, ID, Query, Source, Stretch, Style, Weight};
use usvg::{FontResolver, ImageHrefResolver, Options};

/// The family that is in the program, for Latin, Greek, Cyrillic and Hebrew.
const FAMILY: &str = "Libertinus Serif";

static FILES: [&[u8]; 3] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../fonts/LibertinusSerif-Semibold.otf"),
];

/// Families that are asked first for a character that [`FAMILY`] lacks, by how their names begin.
const PREFERRED: [&str; 5] = ["Noto Serif CJK SC", "Noto Serif", "Noto Naskh Arabic", "Noto Sans", "Noto"];

/// All fonts there are, read once; cheap to clone.
#[derive(Clone)]
pub struct Fonts(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    /// In the order in which they are asked for a character.
    faces: Vec<ID>,
    /// Answers given: which face has a character, for text that is bold or not.
    found: Mutex<HashMap<(char, bool), Option<ID>>>,
    /// Answers given: whether a face has a character.
    had: Mutex<HashMap<(ID, char), bool>>,
    /// Those that a PDF needed; `None` for one that it is not known how to embed.
    of_pdf: Mutex<HashMap<ID, Option<Font>>>,
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fonts({} faces)", self.0.faces.len())
    }
}

impl Fonts {
    /// Ours and those of the system. Files are mapped when they are used, not read.
    #[must_use]
    pub fn load() -> Self {
        Self::with(Database::load_system_fonts)
    }

    /// Ours alone.
    #[must_use]
    pub fn bundled() -> Self {
        Self::with(|_| ())
    }

    fn with(others: impl FnOnce(&mut Database)) -> Self {
        let mut database = Database::new();
        // First, so that they go before others of the same name.
        for file in FILES {
            database.load_font_source(Source::Binary(Arc::new(file)));
        }
        others(&mut database);
        // What a template names and is not there is drawn in ours.
        database.set_serif_family(FAMILY);
        database.set_sans_serif_family(FAMILY);
        let mut faces: Vec<&FaceInfo> = database.faces().collect();
        // By name, since the system tells them in any order, and the same certificate is to give the same bytes.
        faces.sort_by_cached_key(|face| rank(face));
        let faces = faces.into_iter().map(|face| face.id).collect();
        Self(Arc::new(Inner {
            database: Arc::new(database),
            faces,
            found: Mutex::default(),
            had: Mutex::default(),
            of_pdf: Mutex::default(),
        }))
    }

    /// Whether some font has a character; where none has, a certificate with it is no archivable PDF.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        self.fallback(character, &[]).is_some()
    }

    /// The face for a list of families, ours if none of them is there.
    pub(crate) fn find(&self, families: &str, weight: u16, is_italic: bool) -> ID {
        let names = families.split(',').map(|name| Family::Name(name.trim().trim_matches(['"', '\''])));
        let families: Vec<Family> = names.chain([Family::Serif]).collect();
        let style = if is_italic { Style::Italic } else { Style::Normal };
        let query = Query { families: &families, weight: Weight(weight), style, ..Query::default() };
        // Ours is always there.
        self.0.database.query(&query).unwrap_or_else(ID::dummy)
    }

    /// The name of a face's family.
    pub(crate) fn family(&self, id: ID) -> Option<&str> {
        self.0.database.face(id).and_then(family)
    }

    /// Lets something read a face's file.
    pub(crate) fn with_data<T>(&self, id: ID, read: impl FnOnce(&[u8], u32) -> T) -> Option<T> {
        self.0.database.with_face_data(id, read)
    }

    pub(crate) fn face_has(&self, id: ID, character: char) -> bool {
        let mut had = self.0.had.lock().unwrap_or_else(PoisonError::into_inner);
        *had.entry((id, character)).or_insert_with(|| has(&self.0.database, id, character))
    }

    /// How SVG is read: with these fonts, and these images.
    pub(crate) fn options<'a>(&'a self, images: ImageHrefResolver<'a>) -> Options<'a> {
        Options {
            font_family: FAMILY.to_owned(),
            fontdb: Arc::clone(&self.0.database),
            image_href_resolver: images,
            font_resolver: FontResolver {
                select_font: FontResolver::default_font_selector(),
                select_fallback: Box::new(|character, used, _| self.fallback(character, used)),
            },
            ..Options::default()
        }
    }

    /// A font to embed. Variable ones have no place here: each size and weight of them would be a font of its own.
    pub(crate) fn of_pdf(&self, id: ID) -> Option<Font> {
        let mut fonts = self.0.of_pdf.lock().unwrap_or_else(PoisonError::into_inner);
        let database = &self.0.database;
        let font = fonts.entry(id).or_insert_with(|| {
            let is_variable = |data: &[u8], index| ttf_parser::Face::parse(data, index).ok().map(|face| face.is_variable());
            if database.with_face_data(id, is_variable)?? {
                return None;
            }
            #[expect(unsafe_code, reason = "maps the file, as krilla-svg does; packages replace fonts, they do not write into them")]
            let (data, index) = unsafe { Database::clone(database).make_shared_face_data(id) }?;
            Font::new(data.into(), index)
        });
        font.clone()
    }

    /// The first face that has a character, of the same weight as the text if there is one.
    pub(crate) fn fallback(&self, character: char, used: &[ID]) -> Option<ID> {
        let Inner { database, faces, found, .. } = &*self.0;
        let is_bold = |id: &ID| database.face(*id).is_some_and(|face| face.weight.0 >= 600);
        let bold = used.first().is_some_and(is_bold);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        let face = *found.entry((character, bold)).or_insert_with(|| {
            let (same, other): (Vec<&ID>, Vec<&ID>) = faces.iter().partition(|id| is_bold(id) == bold);
            same.into_iter().chain(other).copied().find(|id| has(database, *id, character))
        });
        face.filter(|id| !used.contains(id))
    }
}

/// The smaller, the sooner it is asked.
fn rank(face: &FaceInfo) -> impl Ord + use<> {
    let family = family(face).unwrap_or_default().to_owned();
    let preferred = PREFERRED.iter().position(|name| family.starts_with(name)).unwrap_or(PREFERRED.len());
    let odd = (face.style != Style::Normal, face.stretch != Stretch::Normal, face.monospaced);
    (odd, preferred, family, (face.weight.0.abs_diff(400), face.post_script_name.clone(), face.index))
}

fn family(face: &FaceInfo) -> Option<&str> {
    face.families.first().map(|(name, _)| &**name)
}

fn has(database: &Database, id: ID, character: char) -> bool {
    let glyph = |data: &[u8], index| ttf_parser::Face::parse(data, index).ok()?.glyph_index(character);
    database.with_face_data(id, glyph).flatten().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faces in the order in which they are asked.
    fn order(fonts: &Fonts) -> Vec<(String, u32)> {
        let faces = fonts.0.faces.iter().filter_map(|id| fonts.0.database.face(*id));
        faces.map(|face| (face.post_script_name.clone(), face.index)).collect()
    }

    #[test]
    fn the_order_in_which_the_system_tells_its_fonts_changes_nothing() {
        let fonts = Fonts::load();
        let reversed = Fonts::with(|database| {
            let ours = FILES.len();
            let others: Vec<FaceInfo> = fonts.0.database.faces().skip(ours).cloned().collect();
            for face in others.into_iter().rev() {
                database.push_face_info(face);
            }
        });
        assert_eq!(order(&fonts), order(&reversed));
    }

    #[test]
    fn what_is_not_there_is_drawn_in_ours() {
        let fonts = Fonts::bundled();
        let id = fonts.find("'No Such Font', fantasy", 600, false);
        assert_eq!(
            (fonts.family(id), fonts.0.database.face(id).unwrap().weight),
            (Some(FAMILY), Weight::SEMIBOLD)
        );
    }
}
