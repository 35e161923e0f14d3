//! DynamoDB's numbers.

/// Most digits of a number, without the zeros around them ("Constraints in Amazon DynamoDB", "Data types").
const MAX_DIGITS: usize = 38;

/// Powers of ten before which the first digit of a number may stand: from 1e-130 to 9.99…e+125. Zero is held to them as if its last
/// digit were a 1.
const MAGNITUDES: std::ops::RangeInclusive<i64> = -129..=126;

/// A number as DynamoDB compares it: 1, 1.0 and 10e-1 are one number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecimalNumber {
    is_negative: bool,
    /// The digits without the zeros around them; none of zero.
    digits: String,
    /// The power of ten before the first digit: the number is `0.digits × 10^magnitude`.
    magnitude: i64,
}

impl DecimalNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// What is wrong with it, in words: its form, or a limit of DynamoDB's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown = || if text.len() > 60 { format!("{:?}…", &text[..60]) } else { format!("{text:?}") };
        let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let is_negative = mantissa.starts_with('-');
        let mantissa = unsigned(mantissa);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((&mantissa, ""));
        let has_form = are_digits(whole) && are_digits(fraction) && are_digits(&unsigned(power));
        if !text.is_ascii() || !has_form || unsigned(power).is_empty() || whole.len() + fraction.len() == 0 {
            return Err(format!("{text:?} is not a number"));
        }
        let written = format!("{whole}{fraction}");
        let significant = written.trim_start_matches('0');
        let zeros = written.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.len() > MAX_DIGITS {
            let count = digits.len();
            return Err(format!("{} has {count} significant digits, a number has at most {MAX_DIGITS}", shown()));
        }
        let first = if digits.is_empty() { 1 - length(fraction) } else { length(whole) - length(&written[..zeros]) };
        let magnitude = power.parse::<i64>().ok().and_then(|power| power.checked_add(first));
        match magnitude.filter(|magnitude| MAGNITUDES.contains(magnitude)) {
            Some(_) if digits.is_empty() => Ok(Self { is_negative: false, digits, magnitude: 0 }),
            Some(magnitude) => Ok(Self { is_negative, digits, magnitude }),
            None => Err(format!(
                "{} is out of range: a number is 0, or from 1e-130 to 9.99e+125, positive or negative",
                shown()
            )),
        }
    }

    /// Returns its bytes in the size of an item: a byte for two digits on each side of the point, one for the magnitude, one for
    /// the sign of a negative number ("DynamoDB item sizes and formats").
    pub fn size(&self) -> usize {
        let whole = usize::try_from(self.magnitude).unwrap_or_default().min(self.digits.len());
        let fraction = self.digits.len() - whole;
        whole.div_ceil(2) + fraction.div_ceil(2) + 1 + usize::from(self.is_negative)
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_one_number() {
        for same in
            [&["1", "1.0", "+1", "01", "10e-1", "0.1E+1", "1."][..], &["0", "-0", "0.00", "0e5"], &["-2e3", "-2000"]]
        {
            let numbers: Vec<_> = same.iter().map(|text| DecimalNumber::parse(text).unwrap()).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]), "{numbers:?}");
        }
        assert_ne!(DecimalNumber::parse("1"), DecimalNumber::parse("-1"));
        assert_ne!(DecimalNumber::parse("1"), DecimalNumber::parse("10"));
    }

    #[test]
    fn a_limit_is_the_last_number_that_fits() {
        let nines = "9".repeat(38);
        for good in
            ["1e-130", "-1e-130", "9.99e125", "0.1e126", "0e125", &nines, &format!("{nines}000"), &format!("0.{nines}")]
        {
            assert!(DecimalNumber::parse(good).is_ok(), "{good}: {:?}", DecimalNumber::parse(good));
        }
        for (bad, said) in [
            ("1e-131", "is out of range"),
            ("1e126", "is out of range"),
            ("-1e999999999999999999999", "is out of range"),
            ("1e9223372036854775807", "is out of range"),
            ("0e126", "is out of range"),
            (&format!("1{nines}"), "has 39 significant digits, a number has at most 38"),
        ] {
            assert!(DecimalNumber::parse(bad).unwrap_err().contains(said), "{bad}: {:?}", DecimalNumber::parse(bad));
        }
        assert!(DecimalNumber::parse(&"7".repeat(400_000)).unwrap_err().len() < 200);
    }

    #[test]
    fn sizes() {
        for (text, size) in [("0", 1), ("42", 2), ("-42", 3), ("123", 3), ("1.5", 3), ("1e20", 2), ("1e-5", 2)] {
            assert_eq!(DecimalNumber::parse(text).unwrap().size(), size, "{text}");
        }
    }
}
