//! Keys from a seed, good and spoilt.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const NAMESPACES: [&str; 16] = [
    "course-v1",
    "slashes",
    "ccx-v1",
    "library-v1",
    "lib",
    "path-v1",
    "block-v1",
    "ccx-block-v1",
    "lib-block-v1",
    "lb",
    "lib-collection",
    "lct",
    "i4x",
    "location",
    "aside-usage-v2",
    "Course-v1",
];
const TAGS: [&str; 8] = [
    "branch@draft",
    "version@519665f6223ebd6980884f2b",
    "ccx@7",
    "type@problem",
    "block@p1",
    "more",
    "Type@x",
    "",
];
const WORD: &str = "abcXYZ019_éß½²ⅷ課٣𝔄";
const SLUG: &str = "abcXYZ019_-.é課";
const ASCII_SLUG: &str = "abcXYZ019_-.";
const ID: &str = "abcXYZ019_-~.:é½²課";
const ANY: &str = "ab 1+/?#%&@:é\u{301}🎓ⓐ\u{203f}\u{200d}\u{2028}";
const SPOILERS: &str = "+@:/%~.-_ \n\t\0\u{7f}\u{85}\u{301}\u{200d}ⓐ½é'\"\\\u{212a}ſıİ\u{10d40}\u{fdd0}";

/// Makes the same keys from the same seed.
pub(crate) struct Generator {
    random: StdRng,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed) }
    }

    /// A key of any grammar, as it should be in half of the cases.
    pub(crate) fn key(&mut self) -> String {
        let mut key: Vec<char> = self.good_key().chars().collect();
        if self.random.random_bool(0.5) {
            for _ in 0..self.random.random_range(1..=3) {
                self.spoil(&mut key);
            }
        }
        key.into_iter().collect()
    }

    fn good_key(&mut self) -> String {
        match self.random.random_range(0..15) {
            0 => format!("course-v1:{}", self.course()),
            1 => format!("slashes:{}", self.course()),
            2 => {
                let run = if self.random.random_bool(0.1) { String::new() } else { self.word() };
                format!("{}/{}/{run}", self.word(), self.word())
            }
            3 => format!("ccx-v1:{}", self.coachs_copy()),
            4 => format!("library-v1:{}", self.library()),
            5 => format!("lib:{}", self.content_library()),
            6 => format!("path-v1:{}+{}+{}+{}", self.any(), self.any(), self.any(), self.any()),
            7 => format!("block-v1:{}{}", self.course(), self.block(0.9)),
            8 => format!("ccx-block-v1:{}{}", self.coachs_copy(), self.block(0.9)),
            9 => format!("lib-block-v1:{}{}", self.library(), self.block(1.0)),
            10 => format!("lb:{}:{}:{}", self.content_library(), self.ascii_slug(), self.slug()),
            11 => format!("lib-collection:{}:{}", self.content_library(), self.slug()),
            13 => format!("location:{}+{}+{}+{}+{}", self.id(), self.id(), self.id(), self.id(), self.id()),
            12 => format!("lct:{}:{}:{}", self.content_library(), self.ascii_slug(), self.slug()),
            _ => {
                let revision = self.part("@", Self::id, 0.3);
                let block_type = self.some(ANY).replace('/', "");
                format!("i4x://{}/{}/t{block_type}/{}{revision}", self.word(), self.word(), self.id())
            }
        }
    }

    fn course(&mut self) -> String {
        let course = match self.random.random_range(0..10) {
            0 => String::new(),
            1 => format!("{}+{}", self.id(), self.id()),
            _ => format!("{}+{}+{}", self.id(), self.id(), self.id()),
        };
        let branch = self.part("+branch@", Self::id, 0.2);
        let version =
            self.part("+version@", |this| this.version(false), if course.len() < 20 { 0.7 } else { 0.2 });
        format!("{course}{branch}{version}").trim_start_matches('+').into()
    }

    fn coachs_copy(&mut self) -> String {
        let branch = self.part("+Branch@", Self::id, 0.2);
        let version = self.part("+versıOn@", |this| this.version(true), 0.2);
        let ccx = self.some("0123456789٣२");
        format!("{}+{}+{}{branch}{version}+ccx@{ccx}", self.id(), self.id(), self.id())
    }

    fn library(&mut self) -> String {
        let run = self.part("+", Self::id, 0.1);
        let branch = self.part("+branch@", Self::id, 0.2);
        let version = self.part("+version@", |this| this.version(false), 0.2);
        format!("{}+{}{run}{branch}{version}", self.id(), self.id())
    }

    fn content_library(&mut self) -> String {
        format!("{}:{}", self.ascii_slug(), self.slug())
    }

    fn block(&mut self, typed: f64) -> String {
        let block_type = self.part("+type@", Self::id, typed);
        format!("{block_type}+block@{}", self.id())
    }

    fn part(&mut self, tag: &str, value: impl Fn(&mut Self) -> String, probability: f64) -> String {
        if self.random.random_bool(probability) { format!("{tag}{}", value(self)) } else { String::new() }
    }

    fn version(&mut self, upper_case: bool) -> String {
        let digits = if upper_case { "0123456789abcdefABCDEF" } else { "0123456789abcdef" };
        (0..24).map(|_| self.one_of(digits)).collect()
    }

    fn id(&mut self) -> String {
        self.some(ID)
    }

    fn word(&mut self) -> String {
        self.some(WORD)
    }

    fn slug(&mut self) -> String {
        self.some(SLUG)
    }

    fn ascii_slug(&mut self) -> String {
        self.some(ASCII_SLUG)
    }

    fn any(&mut self) -> String {
        self.some(ANY).replace('+', "-")
    }

    fn some(&mut self, characters: &str) -> String {
        (0..self.random.random_range(1..=6)).map(|_| self.one_of(characters)).collect()
    }

    fn one_of(&mut self, characters: &str) -> char {
        characters.chars().nth(self.random.random_range(0..characters.chars().count())).unwrap()
    }

    fn spoil(&mut self, key: &mut Vec<char>) {
        let at = self.random.random_range(0..=key.len());
        match self.random.random_range(0..10) {
            0 => key.truncate(at),
            1 => key.push('\n'),
            2 => key.insert(at, self.one_of(SPOILERS)),
            3 if at < key.len() => key[at] = self.one_of(SPOILERS),
            4 if at < key.len() => drop(key.remove(at)),
            5 if at < key.len() => key[at] = if key[at] == '+' { ':' } else { '+' },
            6 => {
                let length = self.random.random_range(240..=275_usize).saturating_sub(key.len());
                key.splice(at..at, std::iter::repeat_n('x', length));
            }
            7 => {
                let colon = key.iter().position(|c| *c == ':').unwrap_or(0);
                let namespace = NAMESPACES[self.random.random_range(0..NAMESPACES.len())];
                key.splice(..colon, namespace.chars());
            }
            8 => {
                let tag = TAGS[self.random.random_range(0..TAGS.len())];
                let plus = key.iter().skip(at).position(|c| *c == '+').map_or(key.len(), |after| at + after);
                key.splice(plus..plus, std::iter::once('+').chain(tag.chars()));
            }
            _ => {
                let any = char::from_u32(self.random.random_range(0..0x0002_0000)).unwrap_or('x');
                key.insert(at, any);
            }
        }
    }
}
