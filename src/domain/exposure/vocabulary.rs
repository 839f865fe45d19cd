//! Lists of words that the rules know. All compared without regard to capitals.

/// Days of the week, one or many.
#[rustfmt::skip]
pub(super) const WEEKDAYS: &[&str] = &[
    "friday", "fridays", "monday", "mondays", "saturday", "saturdays", "sunday", "sundays", "thursday",
    "thursdays", "tuesday", "tuesdays", "wednesday", "wednesdays",
];

/// Months and their short forms.
#[rustfmt::skip]
pub(super) const MONTHS: &[&str] = &[
    "apr", "april", "aug", "august", "dec", "december", "feb", "february", "jan", "january", "jul", "july",
    "jun", "june", "mar", "march", "may", "nov", "november", "oct", "october", "sep", "sept", "september",
];

/// Numbers below ten of which a few people may be.
pub(super) const FEW: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// Hours as words.
pub(super) const HOURS: &[&str] =
    &["eight", "eleven", "five", "four", "nine", "one", "seven", "six", "ten", "three", "twelve", "two"];

/// Numbers of years as words.
pub(super) const TENS: &[&str] =
    &["eighteen", "fifteen", "fourteen", "nineteen", "seventeen", "sixteen", "thirteen", "thirty", "twenty"];

/// Words for several people of the staff.
#[rustfmt::skip]
pub(super) const PEOPLE: &[&str] = &[
    "agents", "analysts", "colleagues", "coworkers", "crewmembers", "crewmen", "deputies", "drivers",
    "employees", "folks", "guys", "handlers", "inspectors", "investigators", "men", "officers", "people",
    "persons", "pilots", "rookies", "specialists", "supervisors", "technicians", "trainees", "witnesses",
    "women",
];

/// Whoever is over somebody.
#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "asac", "boss", "captain", "chief", "chief's", "commander", "cpa", "deputy", "dfo", "director", "fod",
    "gs", "lead", "lieutenant", "manager", "paic", "pd", "rac", "sac", "sergeant", "superior", "supervisor",
    "watch-commander",
];

/// What stands before a name.
#[rustfmt::skip]
pub(super) const HONORIFICS: &[&str] = &[
    "agent", "analyst", "capt", "captain", "chief", "commander", "commissioner", "deputy", "director", "dr",
    "inspector", "investigator", "lieutenant", "lt", "mr", "mrs", "ms", "officer", "secretary", "sergeant",
    "sgt", "supervisor", "supv",
];

/// Radio words for letters: with a number, a call sign.
#[rustfmt::skip]
pub(super) const LETTER_NAMES: &[&str] = &[
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo",
    "lima", "mike", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey",
    "xray", "yankee", "zulu",
];

/// First names that are hardly ever another word or a place of the region.
#[rustfmt::skip]
pub(super) const FIRST_NAMES: &[&str] = &[
    "aaron", "abigail", "adam", "adrian", "alan", "albert", "alberto", "alejandro", "alex", "alexander",
    "alfredo", "alice", "alicia", "allison", "amanda", "amy", "ana", "andrea", "andrew", "andy", "angela",
    "anita", "ann", "anna", "anne", "anthony", "arturo", "ashley", "barbara", "ben", "benjamin", "beth",
    "betty", "bob", "bobby", "brandon", "brenda", "brian", "bryan", "carl", "carla", "carlos", "carmen",
    "carol", "carolyn", "catherine", "charles", "cheryl", "chris", "christina", "christine", "christopher",
    "cindy", "connie", "craig", "crystal", "cynthia", "daniel", "dave", "david", "deborah", "debra",
    "dennis", "diana", "diane", "donald", "donna", "doris", "dorothy", "doug", "douglas", "ed", "eddie",
    "eduardo", "edward", "eileen", "elena", "elizabeth", "emily", "emma", "enrique", "eric", "erica",
    "esther", "eugene", "evelyn", "fernando", "francisco", "gabriel", "gary", "george", "gerald", "gilbert",
    "gloria", "greg", "gregory", "guadalupe", "hannah", "harold", "heather", "hector", "helen", "henry",
    "irene", "isabel", "jacob", "jaime", "james", "jane", "janet", "janice", "jason", "javier", "jeff",
    "jeffrey", "jennifer", "jenny", "jeremy", "jerry", "jesse", "jessica", "jill", "jim", "jimmy", "joan",
    "joanne", "joe", "john", "johnny", "jon", "jonathan", "jorge", "jose", "joseph", "joshua", "joyce",
    "juan", "juanita", "judith", "judy", "julia", "julie", "julio", "justin", "karen", "karl", "katherine",
    "kathleen", "kathy", "katie", "keith", "kelly", "ken", "kenneth", "kevin", "kimberly", "kristen",
    "kyle", "larry", "laura", "lauren", "leonard", "leslie", "linda", "lisa", "lori", "louis", "louise",
    "luis", "manuel", "marcos", "margaret", "maria", "marie", "marilyn", "mario", "martha", "martin",
    "mary", "matt", "matthew", "megan", "melissa", "michael", "michelle", "miguel", "mike", "mildred",
    "monica", "nancy", "natalie", "nathan", "nicholas", "nick", "nicole", "norma", "oscar", "pablo",
    "pamela", "patricia", "patrick", "paul", "paula", "pedro", "peggy", "peter", "phil", "philip",
    "phyllis", "rachel", "rafael", "ralph", "ramon", "raul", "raymond", "rebecca", "ricardo", "richard",
    "rick", "ricky", "robert", "roberto", "rodney", "roger", "ron", "ronald", "rosa", "rosemary", "ruben",
    "russell", "ruth", "ryan", "sally", "salvador", "samuel", "sandra", "sara", "sarah", "scott", "sean",
    "sergio", "sharon", "shawn", "sheila", "shirley", "sofia", "stephanie", "stephen", "steve", "steven",
    "susan", "suzanne", "tammy", "ted", "teresa", "terry", "theresa", "thomas", "tiffany", "tim", "timothy",
    "tina", "todd", "tom", "tommy", "tony", "tracy", "tyler", "valerie", "vanessa", "veronica", "vincent",
    "virginia", "walter", "wanda", "wayne", "wendy", "william", "yolanda", "yvonne",
];

/// First names that are also words or places: a name only with another one after them.
#[rustfmt::skip]
pub(super) const FIRST_NAMES_ALSO_WORDS: &[&str] = &[
    "antonio", "art", "austin", "bill", "chase", "christian", "dallas", "dawn", "dean", "diego", "drew",
    "faith", "frank", "gene", "glen", "grace", "grant", "hope", "jack", "jackson", "jordan", "joy", "june",
    "lance", "mark", "may", "ray", "rich", "rob", "rose", "sue", "victor", "victoria", "will",
];

/// Words that are written with a capital letter and name no person: of agencies, papers and places.
#[rustfmt::skip]
pub(super) const KNOWN: &[&str] = &[
    "act", "administration", "admiral", "affairs", "agency", "agent", "agents", "agreement", "air",
    "alaska", "albuquerque", "amendment", "america", "american", "and", "annex", "appendix", "april",
    "area", "arizona", "arm", "arms", "army", "article", "assistant", "attorney", "august", "authority",
    "aviation", "bay", "beach", "bellingham", "black", "blaine", "border", "box", "branch", "bridge",
    "british", "brownsville", "bureau", "california", "canada", "canadian", "cargo", "case", "center",
    "central", "chapter", "charge", "chicago", "chief", "coast", "coastal", "columbia", "combined",
    "command", "commander", "commissioner", "committee", "component", "components", "contact", "control",
    "coordination", "corps", "corpus", "council", "county", "court", "customs", "dakota", "date",
    "december", "deconfliction", "defense", "del", "department", "deputy", "detention", "directive",
    "director", "district", "division", "document", "drug", "east", "eastern", "el", "enforcement",
    "english", "european", "exchange", "executive", "export", "express", "february", "federal", "field",
    "florida", "force", "forces", "foreign", "form", "freedom", "general", "government", "governors",
    "grande", "guard", "gulf", "handbook", "headquarters", "highway", "homeland", "hotline", "houston",
    "idaho", "illinois", "immigration", "import", "indian", "information", "initiative", "inspector",
    "institute", "intake", "integrated", "intelligence", "interagency", "interior", "internal",
    "investigation", "investigations", "island", "january", "joint", "july", "june", "justice", "key",
    "labor", "lake", "land", "laredo", "law", "legacy", "legal", "los", "louisiana", "maine", "management",
    "manual", "marathon", "march", "marfa", "marine", "marshal", "marshals", "mcallen", "memo", "memoranda",
    "memorandum", "mexican", "mexico", "miami", "michigan", "military", "minnesota", "mission", "monday",
    "montana", "mou", "name", "national", "naturalization", "navy", "nevada", "new", "north", "northern",
    "november", "october", "office", "officer", "officers", "offices", "ohio", "operation", "operations",
    "orleans", "pacific", "paper", "paragraph", "part", "partners", "party", "paso", "passenger", "patrol",
    "pennsylvania", "person", "policy", "port", "presidential", "primary", "procedure", "procedures",
    "program", "project", "protection", "protocol", "puerto", "reconciliation", "record", "records", "red",
    "reform", "region", "regional", "regulation", "regulations", "removal", "reno", "report", "responsible",
    "rico", "ridge", "rights", "rio", "river", "rule", "rules", "rulings", "safety", "saint", "san",
    "santa", "saturday", "seattle", "secretary", "section", "sector", "secure", "security", "senior",
    "september", "service", "services", "sierra", "small", "south", "southern", "southwest", "southwestern",
    "spanish", "special", "standard", "state", "states", "station", "strategic", "street", "suggestion",
    "supervisor", "supervisory", "support", "system", "targeting", "task", "team", "teams", "technology",
    "texas", "third", "thursday", "tijuana", "title", "trade", "training", "transportation", "treasury",
    "tucson", "tuesday", "undercover", "understanding", "union", "unit", "united", "university", "valley",
    "vermont", "virginia", "visa", "washington", "wednesday", "west", "western", "working", "yard", "york",
    "yuma", "zone",
];

/// Short forms in capitals that are no initials and no shouting.
#[rustfmt::skip]
pub(super) const ACRONYMS: &[&str] = &[
    "abci", "ad", "aka", "al", "all", "always", "am", "amo", "and", "apis", "asac", "asap", "ask", "atf",
    "atr", "ausa", "az", "best", "bic", "bp", "bpa", "c-tpat", "ca", "cbp", "cfr", "cpa", "ctpat", "dc",
    "dea", "dfo", "dhs", "dod", "doj", "dro", "ead", "eeo", "epic", "eu", "evr", "faq", "fbi", "fema", "fl",
    "fod", "foia", "fr", "fyi", "gao", "gps", "hidta", "hq", "hr", "ibet", "ibit", "icat", "ice", "id",
    "ids", "iea", "il", "ins", "int", "irs", "it", "itar", "jttf", "la", "mi", "mn", "moa", "moi", "mou",
    "ms", "mt", "na", "nafta", "ncic", "nco", "nd", "never", "nfl", "ng", "nj", "nm", "no", "not", "ntc",
    "ny", "obp", "ofam", "ofo", "oi", "oig", "oig's", "ok", "omb", "orr", "osc", "paic", "pd", "pdf", "pii",
    "pm", "pmo", "pnr", "po", "poe", "poi", "rac", "rfi", "sac", "sbi", "soi", "sop", "srt", "ssa", "tbd",
    "tecs", "the", "tsa", "tv", "tx", "uav", "uk", "us", "usa", "usao", "usc", "uscg", "uscis", "vwp", "wa",
    "wmd", "yes",
];
